import Benchmarking
import Commands
import Events
import Foundation
import Runs

extension Installation {
    /// Every schedule, newest first.
    public func schedules() throws -> Answer<[ScheduleRow]> {
        try answer { try tables.live(SchedulesProjection.self, in: $0).all(in: $0) }
    }

    /// The schedule of this id, or of a beginning of it that only one has; nil when there is none.
    public func schedule(_ name: String) throws -> ScheduleRow? {
        let all = try schedules().value
        if let schedule = all.first(where: { $0.id == name }) { return schedule }
        let matching = all.filter { name.count >= 4 && $0.id.hasPrefix(name) }
        return matching.count == 1 ? matching[0] : nil
    }

    /// Has a run repeated: the first start is now, and each further one so much later.
    ///
    /// - Parameters:
    ///   - run: the run that starts now and is repeated.
    ///   - now, until: ms since the epoch; no start after `until`.
    /// - Returns: what the first run is to be recorded with.
    public func addSchedule(of run: String, every: Duration, until: Int64?, now: Int64) async throws -> Occasion {
        let id = EventID.make().description
        let schedule = ScheduleAdded.with {
            ($0.scheduleID, $0.runID) = (id, run)
            $0.everyNs = Int64(every / .milliseconds(1)) * 1_000_000
            $0.firstUnixNs = now * 1_000_000
            if let until { $0.untilUnixNs = until * 1_000_000 }
        }
        try await execute(on: .schedule(id), AddSchedule(schedule).decide)
        return Occasion(scheduleID: id, due: now * 1_000_000)
    }

    /// Ends a schedule; a run of it that is going on goes on.
    ///
    /// - Throws: `CommandError.unknownSchedule`.
    public func endSchedule(_ id: String, reason: String) async throws {
        try await execute(on: .schedule(id), EndSchedule(id, reason: reason).decide)
    }

    private var schedulesLock: String { folder + "/schedules.lock" }

    /// Holds the right to carry out this folder's schedules, until it is released; nil when another process has it.
    public func claimSchedules() throws -> LockFile? {
        guard let lock = try LockFile(schedulesLock) else { return nil }
        lock.write("process \(ProcessInfo.processInfo.processIdentifier)")
        return lock
    }

    /// Who carries out the schedules, when another process does.
    public var schedulesHolder: String { LockFile.text(at: schedulesLock) }
}
