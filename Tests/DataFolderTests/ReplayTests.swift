import DataFolder
import EventStore
import Events
import Foundation
import ProjectionKit
import Runs
import Storage
import TestSupport
import Testing

/// Runs that are played again.
struct ReplayTests {
    /// Runs r1 and r2, an event of each in turn, so that their events lie between one another's.
    private static func with(_ body: (Installation) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            let courses = ["r1", "r2"].map(events)
            for (first, second) in zip(courses[0], courses[1]) {
                _ = try await installation.log.append([NewEvent(first)], to: .run("r1"))
                _ = try await installation.log.append([NewEvent(second)], to: .run("r2"))
            }
            try installation.projector.catchUp()
            try await body(installation)
        }
    }

    private static func events(of id: String) -> [Event] {
        var events: [Event] = [
            .runRequested(.fixture(id: id)),
            .runStarted(.with { ($0.runID, $0.anchorUnixNs) = (id, 1_000_000_000) }),
            .modelPhaseStarted(.with { ($0.runID, $0.modelID) = (id, "phi-4") }),
        ]
        events += (0..<5).map {
            .inferenceSampled(
                .fixture(
                    run: id, iteration: UInt32($0), start: Double($0) * 200, completionTokens: 5,
                    error: $0 == 4 ? .timeout : .none))
        }
        return events + [.runCompleted(.with { $0.runID = id })]
    }

    private static func replay(
        _ installation: Installation, until: Position? = nil, _ body: (RunReplay) async throws -> Void
    ) async throws {
        let run = try #require(try installation.run("r1").value?.run)
        let replay = try RunReplay(of: run, until: until, in: installation)
        defer { replay.close() }
        try await body(replay)
    }

    @Test func everyEventOfTheRunIsPlayedInOrder() async throws {
        try await Self.with { installation in
            try await Self.replay(installation) { replay in
                var steps: [ReplayStep] = []
                try await replay.play(.unlimited) { steps.append($0) }

                #expect(steps.map(\.position) == [1, 3, 5, 7, 9, 11, 13, 15, 17])
                #expect(steps.map(\.samples) == [0, 0, 0, 1, 2, 3, 4, 5, 5])
                #expect(steps.last?.failed == 1)
                #expect(steps[3].model == "phi-4")
                #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.at <= $1.at })
                #expect(
                    steps.compactMap(\.inWords) == [
                        "requested: suite quick, phi-4", "started", "phi-4 begins", "completed",
                    ])
            }
        }
    }

    @Test func samplesKeepTheirDistances() async throws {
        try await Self.with { installation in
            try await Self.replay(installation) { replay in
                var ends: [Duration] = []
                try await replay.play(.unlimited) { step in
                    if case .inferenceSampled = step.event { ends.append(step.at) }
                }

                // The anchor lies long before the events were recorded: what is before the first event is at its moment.
                #expect(ends == ends.sorted())
            }
        }
    }

    @Test func rowsOnTheWayAreThoseOfTheEventsSoFar() async throws {
        try await Self.with { installation in
            try await Self.replay(installation) { replay in
                let early = try await replay.at(9) { try $0.run("r1").value }
                let late = try await replay.at(17) { try $0.run("r1").value }

                #expect(early?.run.samples == 2)
                #expect(early?.run.status == .running)
                #expect(late?.run.status == .completed)
                #expect(late?.results == (try installation.run("r1").value?.results))
                // Of the other run it knows nothing.
                let other = try await replay.at(17) { try $0.run("r2").value }
                #expect(other == nil)
            }
        }
    }

    @Test(arguments: [nil, 9, 17, 18] as [Position?])
    func theRebuiltRowsAreThoseOfTheTables(until: Position?) async throws {
        try await Self.with { installation in
            try await Self.replay(installation, until: until) { replay in
                var last: Position = 0
                try await replay.play(.unlimited) { last = $0.position }

                #expect(last == (until == 9 ? 9 : 17))
                let differences = try await replay.differences()
                #expect(differences.isEmpty)
            }
        }
    }

    @Test func aRowThatIsNotWhatTheEventsSayIsFound() async throws {
        try await Self.with { installation in
            let name = try installation.tables.store.read { transaction in
                try transaction.tableNames().first { $0.hasPrefix("runs@") && $0.hasSuffix("/rows") }
            }
            let rows = Table<RowKey, [UInt8]>(try #require(name))
            try installation.tables.store.write { transaction in
                for run in ["r1", "r2"] { try rows.put(RowKey(run), Array("{}".utf8), in: transaction) }
            }
            let run = try #require(await installation.run("r1", asOf: 18))
            let replay = try RunReplay(of: run, in: installation)
            defer { replay.close() }

            let differences = try await replay.differences()

            // The other run's row is not its affair.
            #expect(differences.map(\.table) == ["runs/rows"])
            #expect(differences.first?.live == "{}")
        }
    }

    @Test func itLeavesNothingBehind() async throws {
        try await Self.with { installation in
            try await Self.replay(installation) { try await $0.play(.unlimited) { _ in } }

            let names = try FileManager.default.contentsOfDirectory(atPath: installation.folder)
            #expect(!names.contains { $0.hasPrefix("tables-") })
        }
    }

    @Test func itCanBeStopped() async throws {
        try await Self.with { installation in
            try await Self.replay(installation) { replay in
                await #expect(throws: CancellationError.self) {
                    try await replay.play(.unlimited) { step in
                        if step.position == 9 { throw CancellationError() }
                        #expect(step.position < 9)
                    }
                }
            }
        }
    }

    @Test(
        arguments: [
            ("1", ReplaySpeed.times(1)), ("10", .times(10)), ("0.5", .times(0.5)), ("max", .unlimited), ("0", nil),
            ("-1", nil),
            ("nan", nil), ("fast", nil), ("", nil), ("1e300", nil),
        ] as [(String, ReplaySpeed?)])
    func speedsAreFactorsOrMax(text: String, speed: ReplaySpeed?) {
        #expect(ReplaySpeed(text) == speed)
    }
}

extension Installation {
    /// A run's row as of a position, whatever the live tables say.
    fileprivate func run(_ id: String, asOf position: Position) async throws -> RunRow? {
        try await asOf(.position(position)) { _ in try run(id).value?.run }
    }
}
