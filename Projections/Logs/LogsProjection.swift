import EventStore
import Events
import Foundation
import ProjectionKit
import Storage

/// One line of the product's own log.
public struct LogRow: Codable, Sendable, Hashable {
    /// The event's position.
    public var id: UInt64
    /// `service` or `benchmark`.
    public var entity_type: String
    /// A model's or a run's id; null when of neither.
    @Nullable public var entity_id: String?
    /// error, warn, info or debug.
    public var level: String
    public var message: String
    @Nullable public var metadata: [String: String]?
    /// ms since the epoch.
    public var created_at: Int64
    public var source: String
}

/// The logs table: one row a line, kept for as long as the log. What happened to a model is a line too.
///
/// `rows`: source, position → `LogRow` as JSON. `by_entity`: entity id, source, position → key in `rows`.
public struct LogsProjection: Projection {
    public static let name = "logs"
    public static let version: UInt32 = 2
    public static let handles: Set<EventType> = [
        .logRecorded, .modelAdded, .modelRemoved, .modelDownloadProgressed, .modelDownloadFailed, .modelLoadStarted,
        .modelLoaded, .modelLoadFailed, .modelUnloaded, .modelTested, .modelHealthChecked, .modelStateFound,
        .modelServerRestarted,
    ]

    let rows: RowTable<LogRow>
    let byEntity: Table<RowKey, RowKey>

    public init(_ space: TableSpace) {
        rows = RowTable(space.table("rows"))
        byEntity = Table(space.table("by_entity"))
    }

    public mutating func fold(
        _ recorded: RecordedEvent, from source: SourceID, in transaction: borrowing WriteTransaction
    ) throws {
        guard let event = recorded.event.asLogLine else { return }
        let row = LogRow(
            id: recorded.position, entity_type: event.entityType,
            entity_id: event.entityID.isEmpty ? nil : event.entityID, level: event.level.name, message: event.message,
            metadata: event.fields.isEmpty ? nil : event.fields, created_at: recorded.occurredMilliseconds,
            source: source.description)
        let key = RowKey(source.description, recorded.position)
        try rows.put(key, row, in: transaction)
        if !event.entityID.isEmpty { try byEntity.put(RowKey(event.entityID) + key, key, in: transaction) }
    }

    /// Lines in order of source and position, at most `limit`, from behind a key on; `last` is nil at the end.
    public func page(
        after key: RowKey?, limit: Int, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> (rows: [LogRow], last: RowKey?) {
        try rows.page(after: key, limit: limit, in: transaction)
    }

    /// The newest lines, newest first.
    ///
    /// - Parameters:
    ///   - entityType: `service` or `benchmark`; nil for both.
    ///   - entityID: of one model or run; nil for all.
    public func newest(
        _ limit: Int, entityType: String? = nil, entityID: String? = nil,
        in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [LogRow] {
        guard let entityID else {
            return try rows.newest(limit, in: transaction) { entityType == nil || $0.entity_type == entityType }
        }
        var keys: [RowKey] = []
        try byEntity.scan(prefix: RowKey(entityID).bytes, in: transaction) { _, key in
            keys.append(key)
            return true
        }
        return try keys.reversed().lazy.compactMap { try rows.get($0, in: transaction) }
            .filter { entityType == nil || $0.entity_type == entityType }.prefix(limit).map(\.self)
    }

    /// Takes the newest line into a stamp: lines come and never change.
    public func add(to stamp: inout Stamp, in transaction: borrowing some Transaction & ~Copyable) throws {
        try rows.addNewest(to: &stamp, in: transaction)
    }
}

extension LogLevel {
    /// The level's name, as `LOG_LEVEL` takes it.
    public var name: String {
        switch self {
        case .error: "error"
        case .warn: "warn"
        case .debug: "debug"
        default: "info"
        }
    }
}
