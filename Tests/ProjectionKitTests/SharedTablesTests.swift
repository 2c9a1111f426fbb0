import Events
import EventStore
import Foundation
import Models
import ProjectionKit
import Results
import Runs
import Storage
import TestSupport
import Testing

/// Tables that other processes, other versions and other logs have had to do with.
struct SharedTablesTests {
    @Test func twoRebuildsAtOnceCountNothingTwice() async throws {
        try await World.with { world in
            _ = try await world.log.append([NewEvent(.runRequested(.fixture()))], to: .run("r1"))
            let ignored = (0...Projector.batchLimit).map { _ in NewEvent(.serviceStopped(.init())) }
            _ = try await world.log.append(ignored, to: .system)
            _ = try await world.log.append([NewEvent(.inferenceSampled(.fixture()))], to: .run("r1"))
            try world.projector.catchUp()
            let other = Projector(log: world.log, tables: world.tables, projections: World.projections)
            let ended = DispatchSemaphore(value: 0)
            var hasBegun = false

            try world.projector.rebuild(
                ["runs"],
                progress: { _, _ in
                    // After the first of two batches.
                    guard !hasBegun else { return }
                    hasBegun = true
                    Thread {
                        do { try other.rebuild(["runs"]) } catch { Issue.record(error) }
                        ended.signal()
                    }.start()
                    Thread.sleep(forTimeInterval: 0.3)
                })
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    ended.wait()
                    continuation.resume()
                }
            }

            #expect(try world.run()?.samples == 1)
            #expect(try world.projector.check(["runs"]).isEmpty)
        }
    }

    @Test func tablesOfAnotherVersionAreRebuiltAndNotFoldedInto() async throws {
        try await World.with { world in
            try await world.appendRun()
            try world.projector.catchUp()
            // What a process of a newer version leaves when it has rebuilt.
            try world.tables.store.write {
                try Table<String, String>("generations").put("runs", "runs@99.1/", in: $0)
            }
            _ = try await world.log.append([NewEvent(.serviceStopped(.init()))], to: .system)

            let error = #expect(throws: ProjectionError.self) { try world.projector.catchUp() }

            let mine = RunsProjection.version
            #expect(error?.description.contains("'runs': they have version 99, this flperf has \(mine)") == true)
            #expect(try world.projector.outdated() == ["runs"])
            try world.projector.rebuild(["runs"])
            try world.projector.catchUp()
            #expect(try world.run()?.samples == 20)
        }
    }

    @Test(arguments: [true, false])
    func tablesThatHoldMoreThanTheLogAreOutdated(fromBackup: Bool) async throws {
        try await withTemporaryFolder { folder in
            let tables = try TablesStore(folder: folder + "/tables")
            defer { tables.close() }
            func add(_ model: String) async throws {
                let log = try EventLog(folder: folder + "/log")
                defer { log.close() }
                _ = try await log.append(
                    [NewEvent(.modelAdded(.with { $0.model = .fixture(id: model) }))], to: .model(model))
                try Projector(log: log, tables: tables, projections: World.projections).catchUp()
            }
            try await add("a")
            try FileManager.default.copyItem(atPath: folder + "/log", toPath: folder + "/backup")
            try await add("b")
            try FileManager.default.removeItem(atPath: folder + "/log")
            if fromBackup { try FileManager.default.moveItem(atPath: folder + "/backup", toPath: folder + "/log") }

            let log = try EventLog(folder: folder + "/log")
            defer { log.close() }
            let projector = Projector(log: log, tables: tables, projections: World.projections)
            let outdated = try projector.outdated()
            try projector.rebuild(outdated)

            #expect(outdated.count == World.projections.count)
            let models = try tables.store.read { try tables.live(ModelsProjection.self, in: $0).all(in: $0).map(\.id) }
            #expect(models == (fromBackup ? ["a"] : []))
        }
    }

    @Test func namesLongerThanAKeyAreFolded() async throws {
        try await World.with { world in
            let (first, second) = (String(repeating: "ü", count: 400) + "1", String(repeating: "ü", count: 400) + "2")
            let events: [Event] = [
                .runRequested(.fixture(scenarios: [first, second])), .inferenceSampled(.fixture(scenario: first)),
                .inferenceSampled(.fixture(scenario: second)),
            ]
            _ = try await world.log.append(events.map { NewEvent($0) }, to: .run("r1"))
            let line = LogRecorded.with { ($0.entityID, $0.message) = (first, "hello") }
            _ = try await world.log.append([NewEvent(.logRecorded(line))], to: .system)

            try world.projector.catchUp()

            #expect(try world.results().map(\.scenario) == [first, second])
        }
    }

    @Test func aResultNamesTheVariantThatWasLoaded() async throws {
        try await World.with { world in
            var loaded = ModelIdentity.fixture()
            loaded.variant = "phi-4-generic-gpu:1"
            let started = ModelPhaseStarted.with { ($0.runID, $0.modelID, $0.model) = ("r1", "phi-4", loaded) }
            let events: [Event] = [
                .runRequested(.fixture()), .modelPhaseStarted(started), .inferenceSampled(.fixture()),
            ]
            _ = try await world.log.append(events.map { NewEvent($0) }, to: .run("r1"))

            try world.projector.catchUp()

            #expect(try world.results().map(\.model_name) == ["phi-4-generic-gpu:1"])
        }
    }
}
