import EventStore
import Events
import Foundation
import Import

/// What an import did.
public struct ImportSummary: Codable, Sendable, Equatable {
    public var models_added: Int
    public var runs_added: Int
    public var logs_added: Int
    /// Streams that were in the log already and were left as they are.
    public var already_there: Int
    public var events_added: Int
    public var notes: [String]
}

extension Installation {
    /// Appends what another tool's file holds, a stream at a time, each whole or not at all. A second import adds nothing.
    ///
    /// - Parameter progress: told how many streams are done, of how many.
    public func append(
        _ history: ImportedHistory, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws -> ImportSummary {
        try await adoptFormulaSets(and: history.formulaSets)
        var summary = ImportSummary(
            models_added: 0, runs_added: 0, logs_added: 0, already_there: 0, events_added: 0, notes: history.notes)
        let total = history.models.count + history.runs.count
        for (index, stream) in (history.models + history.runs).enumerated() {
            progress(index, total)
            guard try log.streamVersion(stream.stream) == 0 else {
                summary.already_there += 1
                continue
            }
            let events = stream.events.map { NewEvent($0.event, id: $0.id) }
            _ = try await log.append(events, to: stream.stream, expecting: .exactly(0))
            summary.events_added += events.count
            if index < history.models.count { summary.models_added += 1 } else { summary.runs_added += 1 }
        }
        for entry in history.logs {
            let appended = try await log.append([NewEvent(entry.event, id: entry.id)], to: .system, expecting: .any)
            if appended.wasAlreadyThere { continue }
            summary.logs_added += 1
            summary.events_added += 1
        }
        progress(total, total)
        return summary
    }
}
