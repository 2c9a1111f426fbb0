import Commands
import EventStore
import Events

extension Installation {
    /// Hides a run from every table and page; does nothing when it is hidden already. The log keeps it.
    ///
    /// - Throws: `CommandError.unknownRun`, and `runGoesOn` for one that has not ended.
    public func delete(run id: String, reason: String = "") async throws {
        // One whose process died has ended.
        try closeInterruptedRuns()
        try await extend(run: id, DeleteRun(id, reason: reason).decide)
    }

    /// Shows a deleted run again; does nothing when it is not deleted.
    ///
    /// - Throws: `CommandError.unknownRun`.
    public func restore(run id: String) async throws { try await extend(run: id, RestoreRun(id).decide) }

    /// Appends to a run's stream after `decide` has seen its last event, again from there when somebody else was faster. A run
    /// may have a hundred thousand events: the last one tells.
    private func extend(run id: String, _ decide: (Event?) throws -> [Event]) async throws {
        guard let stream = try? StreamID.run(id) else { throw CommandError.unknownRun(id) }
        while true {
            let version = try log.streamVersion(stream)
            if version == 0, let run = try run(id).value?.run, run.id == id { try requireOwn(run) }
            let last = version == 0 ? nil : try log.readStream(stream, fromVersion: version).last?.event
            let events = try decide(last).map { NewEvent($0) }
            guard !events.isEmpty else { return }
            do {
                _ = try await log.append(events, to: stream, expecting: .exactly(version))
                return
            } catch let error as LogError where error.isVersionConflict {
                continue
            }
        }
    }
}
