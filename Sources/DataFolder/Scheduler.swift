import Benchmarking
import Foundation
import Logging
import Runs

/// Carries out the schedules of a data folder, one run at a time.
///
/// Occasions are the first start and every so much later. One that could not be kept, because nobody was there or a run was
/// going on, is skipped and logged; runs never pile up. Where it stands is read from the tables, so that any process can go on
/// where another one stopped.
public struct Scheduler: Sendable {
    /// The time, so that a test need not wait.
    public struct Clock: Sendable {
        /// ms since the epoch.
        public var now: @Sendable () -> Int64
        /// Throws when the task is cancelled.
        public var sleep: @Sendable (Duration) async throws -> Void

        public init(now: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Duration) async throws -> Void) {
            self.now = now
            self.sleep = sleep
        }

        public static let wall = Clock {
            Int64(Date().timeIntervalSince1970 * 1000)
        } sleep: {
            try await Task.sleep(for: $0)
        }
    }

    /// Longest wait until it looks again: a schedule may have been added or ended by another process, or the clock set.
    static let pollInterval = Duration.seconds(1)

    private let installation: Installation
    private let clock: Clock
    private let logger: Logger
    private let carryOut: @Sendable (ScheduleRow, Occasion) async throws -> Void

    /// - Parameter carryOut: carries out a run for that occasion and returns when it has ended; throws why there was none.
    public init(
        _ installation: Installation, clock: Clock = .wall, logger: Logger,
        carryOut: @escaping @Sendable (ScheduleRow, Occasion) async throws -> Void
    ) {
        self.installation = installation
        self.clock = clock
        self.logger = logger
        self.carryOut = carryOut
    }

    /// Goes on until the task is cancelled, or, with `untilAllHaveEnded`, no schedule is left.
    public func run(untilAllHaveEnded: Bool = false) async {
        // The last occasion of each that was dealt with, kept or not.
        var dealtWith: [String: Int64] = [:]
        while !Task.isCancelled {
            var wait = Self.pollInterval
            do {
                try installation.projector.catchUp()
                let active = try installation.schedules().value.filter { $0.status == .active }.reversed()
                if untilAllHaveEnded, active.isEmpty { return }
                for schedule in active where !Task.isCancelled { try await attend(schedule, &dealtWith) }
                let next = active.compactMap { $0.next(after: dealtWith[$0.id] ?? clock.now()) }.min()
                if let next { wait = min(wait, .milliseconds(max(0, next - clock.now()))) }
            } catch {
                logger.error("The schedules can't be followed: \(error)")
            }
            try? await clock.sleep(wait)
        }
    }

    private func attend(_ schedule: ScheduleRow, _ dealtWith: inout [String: Int64]) async throws {
        // The first start belongs to whoever added the schedule.
        let since = max(schedule.first_at, schedule.last_due_at ?? .min, dealtWith[schedule.id] ?? .min)
        guard let next = schedule.next(after: since) else {
            dealtWith[schedule.id] = nil
            return try await installation.endSchedule(schedule.id, reason: "no further start before its end")
        }
        dealtWith[schedule.id] = since
        let now = clock.now()
        guard next <= now, let latest = schedule.latest(at: now) else { return }
        dealtWith[schedule.id] = latest
        let isInTime = now - latest <= Self.grace(schedule.every)
        let missed = (latest - next) / schedule.every + (isInTime ? 0 : 1)
        if missed > 0 {
            say(
                schedule,
                "\(missed == 1 ? "one start was" : "\(missed) starts were") missed and \(missed == 1 ? "is" : "are") skipped, from \(Self.text(next)) on."
            )
        }
        guard isInTime else { return }
        try installation.closeInterruptedRuns()
        try installation.projector.catchUp()
        if let other = try installation.runGoingOn() {
            return say(schedule, "the start of \(Self.text(latest)) is skipped: run \(other.id) was going on.")
        }
        do {
            try await carryOut(schedule, Occasion(scheduleID: schedule.id, due: latest * 1_000_000))
        } catch {
            say(schedule, "the start of \(Self.text(latest)) came to nothing: \(error)")
        }
        try installation.projector.catchUp()
    }

    private func say(_ schedule: ScheduleRow, _ what: String) {
        logger.warning(
            "Schedule \(schedule.id): \(what)",
            metadata: ["entity_type": "benchmark", "entity_id": "\(schedule.run_id)"])
    }

    /// How late a start may be and still count: a tenth of the interval, a second at least and a minute at most.
    static func grace(_ every: Int64) -> Int64 { min(every, max(1_000, min(60_000, every / 10))) }

    private static func text(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
    }
}
