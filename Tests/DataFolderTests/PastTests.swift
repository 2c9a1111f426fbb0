import DataFolder
import EventStore
import Events
import Foundation
import TestSupport
import Testing

/// Answers as of an earlier point of the log.
struct PastTests {
    /// Events 1 to 8 are run r1, 9 to 16 run r2, a second each from the epoch on.
    private static func with(_ body: (Installation, String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await fill(folder)
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            try installation.projector.catchUp()
            try await body(installation, folder)
        }
    }

    private static func fill(_ folder: String) async throws {
        let seconds = Seconds()
        let log = try EventLog(folder: folder + "/log", clock: { seconds.next() })
        defer { log.close() }
        for id in ["r1", "r2"] {
            var events: [Event] = [.runRequested(.fixture(id: id)), .runStarted(.with { $0.runID = id })]
            events += (0..<5).map {
                .inferenceSampled(
                    .fixture(run: id, iteration: UInt32($0), start: Double($0) * 200, completionTokens: 5))
            }
            events.append(.runCompleted(.with { $0.runID = id }))
            for event in events { _ = try await log.append([NewEvent(event)], to: .run(id)) }
        }
    }

    /// A clock that goes on by a second each time it is looked at.
    private final class Seconds: Sendable {
        private nonisolated(unsafe) var last: Int64 = 0  // The log's writer alone looks at it.
        func next() -> Int64 {
            last += 1_000_000_000
            return last
        }
    }

    @Test(arguments: [(LogPoint.position(5), 3), (.position(8), 5), (.position(16), 5)])
    func aResultHasTheSamplesUpToThePoint(point: LogPoint, samples: Int) async throws {
        try await Self.with { installation, _ in
            let result = try await installation.asOf(point) { _ in try installation.results(run: "r1").value }

            #expect(result.first?.samples == samples)
            #expect(try installation.results(run: "r1").value.first?.samples == 5)
        }
    }

    @Test func everyReadAnswersAsOfThePoint() async throws {
        try await Self.with { installation, _ in
            try await installation.asOf(.position(5)) { position in
                let (runs, second) = try (installation.runs(), installation.run("r2"))
                let latest = try installation.run("latest").value
                #expect((position, runs.position) == (5, 5))
                #expect(runs.value.map(\.id) == ["r1"])
                #expect(second.value == nil)
                #expect(latest?.run.status == .running)
            }
            #expect(try installation.runs().value.map(\.id) == ["r2", "r1"])
        }
    }

    @Test(arguments: [(Int64(8_000_000_000), Position(8)), (8_999_999_999, 8), (9_000_000_000, 9), (.max, 16)])
    func aTimeIsThePositionOfTheLastEventRecordedByThen(moment: Int64, position: Position) async throws {
        try await Self.with { installation, _ in
            let found = try await installation.asOf(.time(moment)) { $0 }
            #expect(found == position)
        }
    }

    @Test(arguments: [
        (LogPoint.position(17), "Could not answer as of event 17: the log's events are 1 to 16."),
        (.position(0), "Could not answer as of event 0: the log's events are 1 to 16."),
        (
            .time(0),
            "Could not answer as of 1970-01-01T00:00:00.000000000Z: the log's first event was recorded at 1970-01-01T00:00:01.000000000Z."
        ),
    ])
    func aPointOutsideTheLogIsRefused(point: LogPoint, sentence: String) async throws {
        try await Self.with { installation, _ in
            let error = await #expect(throws: LogPointError.self) { try await installation.asOf(point) { _ in } }
            #expect(error?.description == sentence)
        }
    }

    @Test func anEmptyLogHasNoPoint() async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }

            await #expect(throws: LogPointError.emptyLog(.position(1))) {
                try await installation.asOf(.position(1)) { _ in }
            }
        }
    }

    @Test func fewPointsAreKept() async throws {
        try await Self.with { installation, folder in
            for position in Position(1)...10 {
                _ = try await installation.asOf(.position(position)) { _ in try installation.runs() }
            }

            let kept = try FileManager.default.contentsOfDirectory(atPath: folder + "/as-of")
            #expect(kept.count <= 4)
            #expect(kept.contains("10"))
        }
    }

    @Test func pointsThatAreBeingReadStay() async throws {
        try await Self.with { installation, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for position in Position(1)...12 {
                    group.addTask {
                        try await installation.asOf(.position(position)) { _ in
                            for _ in 0..<5 {
                                await Task.yield()
                                let found = try installation.runs().position
                                #expect(found == position)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aFolderCanBeOpenedAsOfAPoint() async throws {
        try await withTemporaryFolder { folder in
            try await Self.fill(folder)
            let installation = try Installation(folder: folder, asOf: .position(5))
            defer { installation.close() }

            #expect(try installation.results().value.map(\.samples) == [3])
            #expect(try installation.runs().position == 5)
        }
    }

    @Test func aShorterLogForgetsWhatCameAfterIt() async throws {
        try await withTemporaryFolder { folder in
            try await Self.fill(folder)
            try FileManager.default.createDirectory(
                atPath: folder + "/as-of/17", withIntermediateDirectories: true)

            try Installation(folder: folder).close()

            #expect(!FileManager.default.fileExists(atPath: folder + "/as-of/17"))
        }
    }
}
