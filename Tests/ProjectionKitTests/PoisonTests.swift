import EventStore
import Events
import Foundation
import ProjectionKit
import Results
import Runs
import Storage
import Synchronization
import TestSupport
import Testing

/// Sums up samples. Refuses one with `iteration` 7 when it sees it, and 8 when the batch ends, as a fold with a mistake would.
private struct PickyProjection: Projection {
    static let name = "picky"
    static let version: UInt32 = 1
    static let handles: Set<EventType> = [.inferenceSampled]

    struct Refusal: Error, CustomStringConvertible { var description: String }

    let sums: RowTable<UInt32>
    var seen: [UInt32] = []

    init(_ space: TableSpace) { sums = RowTable(space.table("sums")) }

    mutating func fold(
        _ event: RecordedEvent, from source: SourceID, in transaction: borrowing WriteTransaction
    ) throws {}

    mutating func fold(_ sample: borrowing SampleView, at position: Position, recordedAt: Int64) throws {
        seen.append(sample.iteration)
        if sample.iteration == 7 { throw Refusal(description: "7 is refused.") }
    }

    mutating func finishBatch(in transaction: borrowing WriteTransaction, log: EventLog) throws {
        defer { seen = [] }
        try sums.put("sum", (sums.get("sum", in: transaction) ?? 0) + seen.reduce(0, +), in: transaction)
        if seen.contains(8) { throw Refusal(description: "8 is refused at the end.") }
    }

    mutating func forget() { seen = [] }
}

/// Events that can't be folded.
struct PoisonTests {
    /// A log whose samples have these iterations, in one run.
    private static func with(
        _ iterations: [UInt32], _ projections: [any Projection.Type] = [PickyProjection.self],
        _ body: (EventLog, TablesStore, Projector) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let log = try EventLog(folder: folder + "/log")
            let tables = try TablesStore(folder: folder + "/tables")
            defer {
                tables.close()
                log.close()
            }
            let events: [Event] = iterations.map { .inferenceSampled(.fixture(iteration: $0)) }
            _ = try await log.append(events.map { NewEvent($0) }, to: .run("r1"))
            try await body(log, tables, Projector(log: log, tables: tables, projections: projections))
        }
    }

    private static func sum(_ tables: TablesStore) throws -> UInt32? {
        try tables.store.read { try tables.live(PickyProjection.self, in: $0).sums.get("sum", in: $0) }
    }

    /// Puts an event behind the others as another build would have written it.
    private static func append(
        _ type: EventType, schemaVersion: UInt16 = 1, payload: [UInt8] = [], to log: EventLog
    ) throws {
        let stream = try StreamID.run("r1")
        try log.appendRecorded([
            StoredEvent(
                position: log.lastPosition() + 1, recordedAt: 1, id: .make(), stream: stream,
                version: log.streamVersion(stream) + 1, type: type, schemaVersion: schemaVersion, payload: payload,
                textCount: 0, texts: [])
        ])
    }

    private static func poison(_ body: () throws -> Void) throws -> PoisonedEvent {
        do {
            try body()
        } catch ProjectionError.poisoned(let event) {
            return event
        }
        throw PickyProjection.Refusal(description: "nothing was refused")
    }

    @Test(
        arguments: [
            ([1, 2, 7, 4], 3, "7 is refused."), ([1, 2, 4, 8], 4, "8 is refused at the end."),
            ([7], 1, "7 is refused."), ([8, 1], 1, "8 is refused at the end."),
        ] as [([UInt32], Position, String)])
    func aFoldStopsWithTheEventAndTheReason(iterations: [UInt32], position: Position, reason: String) async throws {
        try await Self.with(iterations) { _, tables, projector in
            let event = try Self.poison { try projector.catchUp() }

            #expect(
                event
                    == PoisonedEvent(projection: "picky", position: position, type: "InferenceSampled", reason: reason))
            // What comes before it counts.
            let before = iterations.prefix(Int(position) - 1).reduce(0, +)
            #expect(try Self.sum(tables) ?? 0 == before)
        }
    }

    @Test func theSentenceNamesEventAndWayOut() async throws {
        try await Self.with([1, 7]) { _, _, projector in
            let error = #expect(throws: ProjectionError.self) { try projector.catchUp() }

            #expect(
                error?.description
                    == "Could not fold event 2 (InferenceSampled) into 'picky': 7 is refused. `flperf rebuild --skip-poisoned` leaves it out and says so."
            )
        }
    }

    @Test func aRebuildThatStopsLeavesTheTables() async throws {
        try await Self.with([1, 2]) { log, tables, projector in
            try projector.catchUp()
            _ = try await log.append([NewEvent(.inferenceSampled(.fixture(iteration: 7)))], to: .run("r1"))

            let event = try Self.poison { try projector.rebuild() }

            #expect(event.position == 3)
            #expect(try Self.sum(tables) == 3)
            #expect(
                try tables.store.read { try $0.tableNames().filter { $0.hasPrefix("picky@") } } == ["picky@1.1/sums"])
        }
    }

    @Test func skippedEventsAreCountedAndTheOthersFolded() async throws {
        try await Self.with([1, 7, 2, 8, 8, 4, 7]) { _, tables, projector in
            try projector.rebuild(skippingPoisoned: true)

            #expect(try Self.sum(tables) == 7)
            #expect(try projector.leftOut().map(\.position) == [2, 4, 5, 7])
            #expect(try projector.check().isEmpty)
            // The next fold goes on behind them.
            #expect(try projector.catchUp() == 7)
        }
    }

    @Test func whatWasSkippedStaysSkippedInTheNextRebuild() async throws {
        try await Self.with([1, 7, 2]) { log, tables, projector in
            try projector.rebuild(skippingPoisoned: true)

            try projector.rebuild()

            #expect(try projector.leftOut().map(\.position) == [2])
            #expect(try Self.sum(tables) == 3)
            _ = try await log.append([NewEvent(.inferenceSampled(.fixture(iteration: 7)))], to: .run("r1"))
            #expect(try Self.poison { try projector.rebuild() }.position == 4)
        }
    }

    @Test func oneAmongThousandsIsFound() async throws {
        var iterations = [UInt32](repeating: 1, count: 20_000)
        iterations[12_345] = 8
        try await Self.with(iterations) { _, tables, projector in
            #expect(try Self.poison { try projector.catchUp() }.position == 12_346)
            #expect(try Self.sum(tables) == 12_345)

            try projector.rebuild(skippingPoisoned: true)

            #expect(try Self.sum(tables) == 19_999)
        }
    }

    @Test(arguments: [
        (EventType(rawValue: 999), UInt16(1), [UInt8](), "Event 999", "does not know it"),
        (.runStarted, 77, [], "RunStarted", "schema version 77"),
        (.runStarted, 1, [0xFF, 0xFF], "RunStarted", "payload"),
        (.inferenceSampled, 3, [0xFF], "InferenceSampled", "payload"),
    ])
    func whatCannotBeDecodedStopsAFold(
        type: EventType, schemaVersion: UInt16, payload: [UInt8], name: String, word: String
    ) async throws {
        try await Self.with([1], [RunsProjection.self, ResultsProjection.self]) { log, tables, projector in
            try Self.append(type, schemaVersion: schemaVersion, payload: payload, to: log)

            let event = try Self.poison { try projector.catchUp() }

            #expect((event.position, event.type) == (2, name))
            #expect(event.reason.contains(word))
            try projector.rebuild(skippingPoisoned: true)
            #expect(try Set(projector.leftOut().map(\.position)) == [2])
            #expect(try projector.check().isEmpty)
        }
    }

    @Test func aCancelledRebuildLeavesNothingBehind() async throws {
        try await Self.with([UInt32](repeating: 1, count: 20_000)) { _, tables, projector in
            try projector.catchUp()
            let batches = Mutex(0)

            #expect(throws: CancellationError.self) {
                try projector.rebuild(isCancelled: {
                    batches.withLock {
                        $0 += 1; return $0 > 1
                    }
                })
            }

            #expect(batches.withLock { $0 } == 2)
            #expect(try Self.sum(tables) == 20_000)
            #expect(
                try tables.store.read { try $0.tableNames().filter { $0.hasPrefix("picky@") } } == ["picky@1.1/sums"])
        }
    }

    @Test func whatAKilledRebuildLeftIsTakenAway() async throws {
        try await Self.with([1, 2]) { _, tables, projector in
            try projector.catchUp()
            let left = Table<String, String>("picky@1.2/sums")
            try tables.store.write { try left.put("sum", "half", in: $0) }
            let beside = tables.store.folder + "-check-1"
            try TablesStore(folder: beside).close()

            try projector.dropLeftovers()

            #expect(try tables.store.read { try left.get("sum", in: $0) } == nil)
            #expect(!FileManager.default.fileExists(atPath: beside))
            #expect(try Self.sum(tables) == 3)
        }
    }

    @Test func aRebuildThatGoesOnIsLeftAlone() async throws {
        try await Self.with([1, 2]) { _, tables, projector in
            try projector.catchUp()
            try projector.rebuild(progress: { _, _ in
                // As another process would that opens the folder meanwhile.
                do { try projector.dropLeftovers() } catch { Issue.record(error) }
            })

            #expect(try Self.sum(tables) == 3)
        }
    }

    @Test func onlyTheStreamsThatAreAskedForAreFolded() async throws {
        try await Self.with([1, 2]) { log, tables, _ in
            _ = try await log.append([NewEvent(.inferenceSampled(.fixture(iteration: 100)))], to: .run("r2"))

            try Projector(log: log, tables: tables, projections: [PickyProjection.self], streams: [.run("r1")])
                .catchUp()

            #expect(try Self.sum(tables) == 3)
        }
    }
}
