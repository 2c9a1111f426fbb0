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
    public static let version: UInt32 = 2
    public static let handles: Set<EventType> = [
        .modelAdded, .modelRemoved, .modelDownloadProgressed, .modelLoadStarted, .modelLoaded, .modelLoadFailed,
        .modelUnloaded, .modelTested, .modelHealthChecked, .modelDownloadFailed, .modelStateFound,
        .modelServerRestarted,
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
            try change(event.modelID, recorded, in: transaction) { $0.take(event) }
        case .modelDownloadFailed(let event):
            try change(event.modelID, recorded, in: transaction) { $0.fail(event.reason, download: true) }
        case .modelLoadStarted(let event):
            try change(event.modelID, recorded, in: transaction) { row in
                row.status = .loading
                row.last_error = nil
                if !event.endpoint.isEmpty { row.endpoint = event.endpoint }
            }
        case .modelLoaded(let event):
            try change(event.model.id, recorded, in: transaction) { $0.take(event, recorded) }
        case .modelLoadFailed(let event):
            try change(event.modelID, recorded, in: transaction) { $0.fail(event.reason) }
        case .modelUnloaded(let event):
            try change(event.modelID, recorded, in: transaction) { $0.status = .stopped }
        case .modelTested(let event):
            try change(event.modelID, recorded, in: transaction) { row in
                row.last_error = event.succeeded ? nil : event.error
                if event.succeeded { row.answered(.running, recorded) }
            }
        case .modelHealthChecked(let event):
            try change(event.modelID, recorded, in: transaction) { $0.take(event, recorded) }
        case .modelStateFound(let event):
            try change(event.modelID, recorded, in: transaction) { $0.take(event, recorded) }
        case .modelServerRestarted(let event):
            try change(event.modelID, recorded, in: transaction) { $0.take(event, recorded) }
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

extension ModelsProjection {
    /// Every model, in order of id.
    public func all(in transaction: borrowing some Transaction & ~Copyable) throws -> [ModelRow] {
        try rows.all(in: transaction)
    }

    /// The model of this id; nil when there is none.
    public func model(_ id: String, in transaction: borrowing some Transaction & ~Copyable) throws -> ModelRow? {
        try rows.get(id, in: transaction)
    }

    /// Takes every model into a stamp.
    public func add(to stamp: inout Stamp, in transaction: borrowing some Transaction & ~Copyable) throws {
        try rows.add(to: &stamp, in: transaction)
    }
}
