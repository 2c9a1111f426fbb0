import ArgumentParser
import DataFolder
import Foundation
import ProjectionKit
import Runs

/// A schedule with when it starts a run next.
struct ScheduleListing: Encodable {
    var schedule: ScheduleRow
    /// ms since the epoch; null when it starts none any more.
    var next_at: Int64?

    init(_ schedule: ScheduleRow, now: Int64) {
        self.schedule = schedule
        next_at = schedule.status == .active ? schedule.next(after: now) : nil
    }

    private enum CodingKeys: CodingKey { case next_at }

    func encode(to encoder: any Encoder) throws {
        try schedule.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(next_at, forKey: .next_at)
    }
}

struct SchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "Lists and ends what is carried out again and again.",
        discussion: """
            `flperf run --every 6h` adds a schedule. The `flperf serve` of its data folder carries it out, else the command that \
            added it, for as long as that goes on.

            Example:
              flperf schedules list
              flperf schedules end 01a2
            """, subcommands: [List.self, End.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the schedules, newest first.", discussion: "Example:\n  flperf schedules list")

        @OptionGroup var options: GlobalOptions
        @OptionGroup var past: PastOption

        func run() async throws {
            let installation = try options.open(past)
            defer { installation.close() }
            let now = Scheduler.Clock.wall.now()
            let schedules = try installation.schedules().value.map { ScheduleListing($0, now: now) }
            if options.json { return try Console.json(["schedules": schedules]) }
            guard !schedules.isEmpty else {
                return Console.error("There is no schedule yet. `flperf run --every 6h` adds one.")
            }
            var table = TextTable([
                ("Schedule", .left), ("Every", .left), ("Suite", .left), ("Models", .left), ("Runs", .right),
                ("Next (UTC)", .left), ("Until (UTC)", .left), ("Status", .left),
            ])
            for listing in schedules {
                let schedule = listing.schedule
                table.add([
                    schedule.id, Figures.duration(Double(schedule.every) / 1000), schedule.suite_name,
                    schedule.model_aliases.joined(separator: ", "), Figures.count(schedule.runs),
                    Figures.moment(milliseconds: listing.next_at), Figures.moment(milliseconds: schedule.until),
                    schedule.status.rawValue + (schedule.reason.map { ": \($0)" } ?? ""),
                ])
            }
            Console.out(table.render(.output))
        }
    }

    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a schedule; a run of it that is going on goes on.",
            discussion: "Example:\n  flperf schedules end 01a2")

        @OptionGroup var options: GlobalOptions
        @Argument(help: "The schedule's id, or the beginning of it.") var schedule: String

        func run() async throws {
            let installation = try options.open()
            defer { installation.close() }
            guard let found = try installation.schedule(schedule) else {
                throw Failure(.failed, "Unknown schedule '\(schedule)'. `flperf schedules list` shows those there are.")
            }
            guard found.status == .active else {
                return Console.error("Schedule \(found.id) has ended already: \(found.reason ?? "").")
            }
            try await installation.endSchedule(found.id, reason: "ended by the user")
            Console.error("Ended schedule \(found.id).")
        }
    }
}
