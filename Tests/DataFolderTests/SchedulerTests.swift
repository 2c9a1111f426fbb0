import Benchmarking
import Commands
import EventStore
import Events
import Logging
import Runs
import Synchronization
import TestSupport
import Testing

@testable import DataFolder

/// Schedules against a clock that the test moves.
@Suite struct SchedulerTests {
    private static let hour: Int64 = 3_600_000
    private static let start: Int64 = 1_800_000_000_000

    /// A clock that is set forward by whoever sleeps on it, up to a last moment; then it stands still and the sleep ends with
    /// its task.
    private final class TestClock: Sendable {
        private let time: Mutex<Int64>
        private let last: Int64

        init(_ now: Int64, through last: Int64) {
            time = Mutex(now)
            self.last = last
        }

        func set(_ now: Int64) { time.withLock { $0 = now } }

        func scheduler(
            _ installation: Installation, _ said: LogRecorder,
            _ carryOut: @escaping @Sendable (ScheduleRow, Occasion) async throws -> Void
        ) -> Scheduler {
            let clock = Scheduler.Clock {
                self.time.withLock(\.self)
            } sleep: { duration in
                let isOver = self.time.withLock { time in
                    // At least a little: a wait of nothing would never end. In steps, as a poll would.
                    time += max(1, Int64(duration / .milliseconds(1)), Self.step)
                    return time > self.last
                }
                if isOver { withUnsafeCurrentTask { $0?.cancel() } }
            }
            let logger = Logger(label: "test") { _ in EventLogHandler(recorder: said, level: .info) }
            return Scheduler(installation, clock: clock, logger: logger, carryOut: carryOut)
        }

        private static let step: Int64 = 30_000
    }

    /// Carries out what is due from `now` to `last`, and says which occasions were kept.
    private func occasions(
        _ installation: Installation, from now: Int64, through last: Int64, taking duration: Int64 = 0,
        failing: Bool = false
    ) async -> [Int64] {
        let kept = Mutex<[Int64]>([])
        let recorder = LogRecorder(installation.log)
        let clock = TestClock(now, through: last)
        let scheduler = clock.scheduler(installation, recorder) { schedule, occasion in
            kept.withLock { $0.append(occasion.due / 1_000_000) }
            if failing { throw CommandError.unknownRun("r1") }
            let id = EventID.make().description
            var requested = RunRequested.fixture(id: id)
            (requested.scheduleID, requested.dueUnixNs) = (occasion.scheduleID, occasion.due)
            _ = try await installation.log.append(
                [NewEvent(.runRequested(requested)), NewEvent(.runCompleted(.with { $0.runID = id }))], to: .run(id))
            if duration > 0 { clock.set(occasion.due / 1_000_000 + duration) }
        }
        await Task { await scheduler.run() }.value
        await recorder.finish()
        return kept.withLock(\.self)
    }

    private func withSchedule(
        every: Duration = .seconds(3600), until: Int64? = nil, _ body: (Installation, String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            let occasion = try await installation.addSchedule(of: "r1", every: every, until: until, now: Self.start)
            var requested = RunRequested.fixture(id: "r1")
            (requested.scheduleID, requested.dueUnixNs) = (occasion.scheduleID, occasion.due)
            _ = try await installation.log.append(
                [NewEvent(.runRequested(requested)), NewEvent(.runCompleted(.with { $0.runID = "r1" }))], to: .run("r1")
            )
            try await body(installation, occasion.scheduleID)
        }
    }

    private func said(_ installation: Installation) throws -> [String] {
        try installation.projector.catchUp()
        return try installation.logs(100, entityID: "r1").value.map(\.message)
    }

    @Test func startsAreAFixedTimeApartAndTheFirstIsNotTheSchedulers() async throws {
        try await withSchedule { installation, id in
            let kept = await occasions(installation, from: Self.start, through: Self.start + 3 * Self.hour + 60_000)

            #expect(kept == [1, 2, 3].map { Self.start + $0 * Self.hour })
            let row = try #require(try installation.schedule(id))
            #expect(row.runs == 4)
            #expect(row.last_due_at == kept.last)
            #expect(row.next(after: Self.start + 3 * Self.hour) == Self.start + 4 * Self.hour)
            #expect(try installation.runs().value.allSatisfy { $0.schedule_id == id })
            #expect(try said(installation).isEmpty)
        }
    }

    @Test func anotherProcessGoesOnWhereOneStopped() async throws {
        try await withSchedule { installation, _ in
            _ = await occasions(installation, from: Self.start, through: Self.start + Self.hour + 60_000)
            let kept = await occasions(
                installation, from: Self.start + Self.hour + 20_000, through: Self.start + 2 * Self.hour + 60_000)

            #expect(kept == [Self.start + 2 * Self.hour])
        }
    }

    @Test func whatWasMissedIsSkippedAndSaid() async throws {
        try await withSchedule { installation, _ in
            // The machine was off for three starts and half an interval.
            let back = Self.start + 7 * Self.hour / 2
            let kept = await occasions(installation, from: back, through: Self.start + 4 * Self.hour + 60_000)

            #expect(kept == [Self.start + 4 * Self.hour])
            let lines = try said(installation)
            #expect(lines.count == 1, "\(lines)")
            #expect(lines.first?.contains("3 starts were missed and are skipped") == true, "\(lines)")
        }
    }

    @Test func aStartThatFallsIntoARunIsSkipped() async throws {
        try await withSchedule { installation, _ in
            let kept = await occasions(
                installation, from: Self.start, through: Self.start + 3 * Self.hour + 60_000, taking: 3 * Self.hour / 2)

            #expect(kept == [Self.start + Self.hour, Self.start + 3 * Self.hour])
            let lines = try said(installation)
            #expect(lines.contains { $0.contains("one start was missed") }, "\(lines)")
        }
    }

    @Test func aRunThatIsGoingOnElsewhereHasTheStartSkipped() async throws {
        try await withSchedule { installation, _ in
            _ = try await installation.log.append([NewEvent(.runRequested(.fixture(id: "other")))], to: .run("other"))

            let kept = await occasions(installation, from: Self.start, through: Self.start + Self.hour + 60_000)

            #expect(kept == [])
            let lines = try said(installation)
            #expect(lines.contains { $0.hasSuffix("is skipped: run other was going on.") }, "\(lines)")
        }
    }

    @Test func aRunThatCouldNotBeBegunIsSaidAndNotTriedAgain() async throws {
        try await withSchedule { installation, _ in
            let kept = await occasions(
                installation, from: Self.start, through: Self.start + Self.hour + 60_000, failing: true)

            #expect(kept.count == 1)
            let lines = try said(installation)
            #expect(lines.contains { $0.contains("came to nothing: Unknown run 'r1'") }, "\(lines)")
        }
    }

    @Test func aScheduleEndsWithItsLastStart() async throws {
        try await withSchedule(until: Self.start + 2 * Self.hour) { installation, id in
            let kept = await occasions(installation, from: Self.start, through: Self.start + 5 * Self.hour)

            #expect(kept == [1, 2].map { Self.start + $0 * Self.hour }, "the end itself is in time")
            let row = try #require(try installation.schedule(id))
            #expect(row.status == .ended)
            #expect(row.reason == "no further start before its end")
        }
    }

    @Test func aScheduleThatWasEndedStartsNothing() async throws {
        try await withSchedule { installation, id in
            try await installation.endSchedule(id, reason: "ended by the user")
            try await installation.endSchedule(id, reason: "again")

            let kept = await occasions(installation, from: Self.start, through: Self.start + 2 * Self.hour)
            #expect(kept == [])
            #expect(try installation.schedule(id)?.reason == "ended by the user")
            await #expect(throws: CommandError.unknownSchedule("nobody")) {
                try await installation.endSchedule("nobody", reason: "")
            }
        }
    }

    @Test func onlyOneProcessCarriesThemOut() throws {
        try withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            let lock = try #require(try installation.claimSchedules())

            let other = try installation.claimSchedules()
            #expect(other == nil)
            #expect(installation.schedulesHolder.hasPrefix("process "))
            lock.release()
            let taken = try installation.claimSchedules()
            #expect(taken != nil)
        }
    }

    @Test(arguments: [(1_000, 1_000), (5_000, 1_000), (60_000, 6_000), (21_600_000, 60_000)])
    func aStartMayBeALittleLate(every: Int64, grace: Int64) {
        #expect(Scheduler.grace(every) == grace)
    }
}
