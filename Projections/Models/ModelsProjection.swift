import EventStore
import Events
import Foundation
import ProjectionKit
import Storage

/// The models table: one row a model, as its stream leaves it.
///
/// Key: the model's id. Value: `ModelRow` as JSON, keys sorted.
public struct ModelsProjection: Projection {
    public static let name = "models"
    public static let version: UInt32 = 1
    public static let handles: Set<EventType> = [
        .modelAdded, .modelRemoved, .modelDownloadProgressed, .modelLoadStarted, .modelLoaded, .modelLoadFailed,
        .modelUnloaded, .modelTested, .modelHealthChecked,
    ]

    let rows: RowTable<ModelRow>

    public init(_ space: TableSpace) { rows = RowTable(space.table("rows")) }

    public mutating func fold(
        _ recorded: RecordedEvent, from source: SourceID, in transaction: borrowing WriteTransaction
    ) throws {
        switch recorded.event {
        case .modelAdded(let event):
            // One that is there already has moved, or is served by another version: its history stays.
            var row =
                try rows.get(event.model.id, in: transaction) ?? ModelRow(added: event.model, recorded, source: source)
            row.take(event.model)
            row.updated_at = recorded.occurredMilliseconds
            row.position = recorded.position
            try rows.put(row.id, row, in: transaction)
        case .modelRemoved(let event):
            try rows.delete(event.modelID, in: transaction)
        case .modelDownloadProgressed(let event):
            try change(event.modelID, recorded, in: transaction) { row in
                let done = event.percent >= 100
                row.status = done ? .stopped : .downloading
                row.download_progress = event.hasPercent ? event.percent : nil
                row.download_status = event.status
            }
        case .modelLoadStarted(let event):
            try change(event.modelID, recorded, in: transaction) { row in
                row.status = .loading
                if !event.endpoint.isEmpty { row.endpoint = event.endpoint }
            }
        case .modelLoaded(let event):
            try change(event.model.id, recorded, in: transaction) { row in
                row.take(event.model)
                row.status = .running
                row.last_error = nil
                row.last_heartbeat = recorded.occurredMilliseconds
                if event.hasLoadTimeNs { row.load_time_ms = Double(event.loadTimeNs) / 1e6 }
            }
        case .modelLoadFailed(let event):
            try change(event.modelID, recorded, in: transaction) { row in
                row.status = .error
                row.last_error = event.reason
            }
        case .modelUnloaded(let event):
            try change(event.modelID, recorded, in: transaction) { $0.status = .stopped }
        case .modelTested(let event):
            try change(event.modelID, recorded, in: transaction) { row in
                if event.succeeded { row.last_heartbeat = recorded.occurredMilliseconds }
                row.last_error = event.succeeded ? nil : event.error
            }
        case .modelHealthChecked(let event):
            try change(event.modelID, recorded, in: transaction) { row in
                if event.healthy { row.last_heartbeat = recorded.occurredMilliseconds }
                row.last_error = event.healthy ? nil : event.detail
                if !event.healthy, row.status == .running { row.status = .error }
            }
        default: break
        }
    }

    /// A model that was never added, or was removed since, has no row to change.
    private func change(
        _ id: String, _ recorded: RecordedEvent, in transaction: borrowing WriteTransaction,
        _ body: (inout ModelRow) -> Void
    ) throws {
        guard var row = try rows.get(id, in: transaction) else { return }
        body(&row)
        row.updated_at = recorded.occurredMilliseconds
        row.position = recorded.position
        try rows.put(id, row, in: transaction)
    }
}

extension ModelRow {
    init(added identity: ModelIdentity, _ recorded: RecordedEvent, source: SourceID) {
        self.init(
            id: identity.id, alias: identity.alias, model_id: identity.modelID, status: .stopped, endpoint: nil,
            last_error: nil, last_heartbeat: nil, created_at: recorded.occurredMilliseconds,
            updated_at: recorded.occurredMilliseconds, foundry_id: nil, foundry_alias: nil, version: nil,
            deviceType: nil, executionProvider: nil, modelSize: nil, backend: identity.backend, runtime_version: nil,
            load_time_ms: nil, download_progress: nil, download_status: nil, api_key_variable: nil,
            source: source.description, position: recorded.position)
    }
}

extension ModelsProjection {
    /// Every model, in order of id.
    public func all(in transaction: borrowing some Transaction & ~Copyable) throws -> [ModelRow] {
        try rows.all(in: transaction)
    }

    /// The model of this id; nil when there is none.
    public func model(_ id: String, in transaction: borrowing some Transaction & ~Copyable) throws -> ModelRow? {
        try rows.get(id, in: transaction)
    }
}
