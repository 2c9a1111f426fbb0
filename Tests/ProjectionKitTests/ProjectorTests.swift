import Events
import EventStore
import Foundation
import Logs
import Models
import ProjectionKit
import Results
import Runs
import Samples
import Storage
import TestSupport
import Testing

/// A log, its tables and the projections, in a folder of the test's own.
struct World {
    static let projections: [any Projection.Type] = [
        ModelsProjection.self, RunsProjection.self, ResultsProjection.self, LogsProjection.self,
        SamplesProjection.self,
    ]
    let log: EventLog
    let tables: TablesStore
    let projector: Projector

    static func with<Value>(_ body: (World) async throws -> Value) async throws -> Value {
        try await withTemporaryFolder { folder in
            let log = try EventLog(folder: folder + "/log")
            let tables = try TablesStore(folder: folder + "/tables")
            defer {
                tables.close()
                log.close()
            }
            return try await body(
                World(
                    log: log, tables: tables, projector: Projector(log: log, tables: tables, projections: projections)))
        }
    }

    /// A run of two models and two scenarios that went well.
    func appendRun(_ id: String = "r1", iterations: Int = 5) async throws {
        let stream = try StreamID.run(id)
        var events: [Event] = [
            .runRequested(.fixture(id: id, models: ["a", "b"], scenarios: ["A", "B"])),
            .runStarted(.with { $0.runID = id }),
        ]
        for model in ["a", "b"] {
            events.append(.modelPhaseStarted(.with { ($0.runID, $0.modelID) = (id, model) }))
            for scenario in ["A", "B"] {
                for iteration in 0..<iterations {
                    events.append(
                        .inferenceSampled(
                            .fixture(
                                run: id, model: model, scenario: scenario, iteration: UInt32(iteration),
                                start: Double(iteration) * 500,
                                ttft: model == "a" ? 50 : 80, completionTokens: 5)))
                    events.append(
                        .resourceSampled(
                            .with {
                                ($0.runID, $0.modelID, $0.scenario, $0.level, $0.hostCpuPercent) = (
                                    id, model, scenario, 1, 50
                                )
                            }))
                }
            }
            events.append(.modelPhaseFinished(.with { ($0.runID, $0.modelID, $0.succeeded) = (id, model, true) }))
        }
        events.append(.runCompleted(.with { ($0.runID, $0.samples) = (id, UInt64(4 * iterations)) }))
        _ = try await log.append(events.map { NewEvent($0) }, to: stream)
    }

    func results(of run: String = "r1") throws -> [ResultRow] {
        try tables.store.read { try tables.live(ResultsProjection.self, in: $0).results(of: run, in: $0) }
    }

    func run(_ id: String = "r1") throws -> RunRow? {
        try tables.store.read { try tables.live(RunsProjection.self, in: $0).run(id, in: $0) }
    }

    func checkpoint() throws -> Position {
        try tables.store.read { try tables.checkpoint(of: Self.projections, log, in: $0) }
    }
}

struct ProjectorTests {
    @Test func aRunIsFoldedIntoRowsInItsOwnOrder() async throws {
        try await World.with { world in
            try await world.appendRun()

            try world.projector.catchUp()

            #expect(try world.results().map { "\($0.model_id)\($0.scenario)" } == ["aA", "aB", "bA", "bB"])
            let row = try #require(try world.results().first)
            #expect(row.total_iterations == 5)
            #expect(row.total_tokens == 25)
            #expect(abs((row.ttft ?? 0) - 50) < 0.01)
            #expect(row.error_rate == 0)
            #expect(row.cpu_avg == 50)
            let run = try #require(try world.run())
            #expect(run.status == .completed)
            #expect(run.samples == 20)
            #expect(run.phases.map(\.status) == [.completed, .completed])
            #expect(try world.checkpoint() == world.log.lastPosition())
        }
    }

    @Test func foldingTwiceChangesNothing() async throws {
        try await World.with { world in
            try await world.appendRun()
            try world.projector.catchUp()
            let before = try world.results()

            try world.projector.catchUp()
            try Projector(log: world.log, tables: world.tables, projections: World.projections).catchUp()

            #expect(try world.results() == before)
            #expect(try world.run()?.samples == 20)
        }
    }

    @Test func rowsDoNotDependOnWhereTheBatchesEnd() async throws {
        let whole = try await World.with { world in
            try await world.appendRun()
            try world.projector.catchUp()
            return try world.results().map(\.metrics)
        }
        try await World.with { world in
            try await world.appendRun()

            for position in 1...(try world.log.lastPosition()) {
                // A new one each time has nothing in memory, as after a restart.
                try Projector(log: world.log, tables: world.tables, projections: World.projections).catchUp(
                    through: position)
            }

            #expect(try world.results().map(\.metrics) == whole)
        }
    }

    @Test func ignoredEventsMoveTheCheckpoint() async throws {
        try await World.with { world in
            _ = try await world.log.append([NewEvent(.serviceStopped(.init()))], to: .system)

            try world.projector.catchUp()

            #expect(try world.checkpoint() == 1)
        }
    }

    @Test func warmUpIsKeptAndLeftOut() async throws {
        try await World.with { world in
            let events: [Event] = [
                .runRequested(.fixture()), .inferenceSampled(.fixture(warmup: true, ttft: 5_000, completionTokens: 5)),
                .inferenceSampled(.fixture(start: 6_000, ttft: 50, completionTokens: 5)),
            ]
            _ = try await world.log.append(events.map { NewEvent($0) }, to: .run("r1"))

            try world.projector.catchUp()

            let row = try #require(try world.results().first)
            #expect(row.samples == 2)
            #expect(row.total_iterations == 1)
            #expect(abs((row.ttft ?? 0) - 50) < 0.01)
        }
    }

    @Test func rebuildGivesTheSameRowsAndCheckAgrees() async throws {
        try await World.with { world in
            try await world.appendRun()
            try world.projector.catchUp()
            let before = try world.results()

            for _ in 1...3 { try world.projector.rebuild() }

            #expect(try world.results() == before)
            #expect(try world.projector.check().isEmpty)
            #expect(try world.checkpoint() == world.log.lastPosition())
        }
    }

    @Test func aRebuildThatIsCancelledLeavesTheOldRows() async throws {
        try await World.with { world in
            try await world.appendRun()
            try world.projector.catchUp()
            let before = try world.results()

            #expect(throws: CancellationError.self) { try world.projector.rebuild(["results"], isCancelled: { true }) }

            #expect(try world.results() == before)
            #expect(try world.projector.check().isEmpty)
        }
    }

    @Test func checkNamesARowThatWasTamperedWith() async throws {
        try await World.with { world in
            try await world.appendRun()
            try world.projector.catchUp()
            try world.tables.store.write { transaction in
                let name = try #require(try transaction.tableNames().first { $0.hasPrefix("runs@") })
                let table = Table<[UInt8], [UInt8]>(name)
                let (key, value) = try #require(try table.first(in: transaction))
                try table.put(key, value + [32], in: transaction)
            }

            let differences = try world.projector.check()

            #expect(differences.count == 1)
            #expect(differences.first?.table == "runs/rows")
            #expect(differences.first?.key.contains("r1") == true)
        }
    }

    @Test func anUnknownProjectionIsNamedWithThoseThereAre() async throws {
        try await World.with { world in
            let error = #expect(throws: ProjectionError.self) { try world.projector.rebuild(["nobody"]) }
            #expect(
                error?.description == "Unknown projection 'nobody'. There are: models, runs, results, logs, samples.")
        }
    }

    @Test func followingSeesWhatIsAppended() async throws {
        try await World.with { world in
            let following = Task { await world.projector.follow(interval: .milliseconds(5)) { Issue.record($0) } }
            defer { following.cancel() }

            try await world.appendRun()

            let deadline = ContinuousClock.now + .seconds(5)
            while try world.checkpoint() < world.log.lastPosition(), .now < deadline {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(try world.results().count == 4)
        }
    }

    @Test func tablesFromAnotherBootWithoutACleanEndAreFoldedAnew() async throws {
        try await withTemporaryFolder { folder in
            let log = try EventLog(folder: folder + "/log")
            defer { log.close() }
            _ = try await log.append([NewEvent(.modelAdded(.with { $0.model = .fixture() }))], to: .model("phi-4"))
            do {
                let tables = try TablesStore(folder: folder + "/tables")
                try Projector(log: log, tables: tables, projections: World.projections).catchUp()
                tables.close()
            }
            // What a power cut leaves: no mark of a clean end, and later another boot id.
            try FileManager.default.removeItem(atPath: folder + "/tables/clean")
            try "another-boot".write(toFile: folder + "/tables/boot", atomically: true, encoding: .utf8)

            let tables = try TablesStore(folder: folder + "/tables")
            defer { tables.close() }
            let before = try tables.store.read { try tables.live(ModelsProjection.self, in: $0).all(in: $0).count }
            try Projector(log: log, tables: tables, projections: World.projections).catchUp()

            #expect(before == 0)
            #expect(try tables.store.read { try tables.live(ModelsProjection.self, in: $0).all(in: $0).count } == 1)
        }
    }
}
