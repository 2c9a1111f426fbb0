import DataFolder
import EventStore
import Events
import Formulas
import Foundation
import TestSupport
import Testing

@testable import Fleet

struct SourceLogsTests {
    /// A machine's data folder with one run of a model that every machine has.
    private func machine(_ folder: String, run: String, ttft: Double) throws -> Installation {
        let machine = try Installation(folder: folder)
        let log = machine.log
        try log.appendBlocking([NewEvent(.modelAdded(.with { $0.model = .fixture() }))], to: .model("phi-4"))
        try log.appendBlocking([NewEvent(.runRequested(.fixture(id: run)))], to: .run(run))
        let line = LogRecorded.with {
            ($0.level, $0.entityType, $0.entityID, $0.message) = (.info, "benchmark", run, run)
        }
        try log.appendBlocking([NewEvent(.logRecorded(line))], to: .system)
        try log.appendBlocking(
            (0..<30).map { index in
                NewEvent(
                    .inferenceSampled(
                        .fixture(
                            run: run, iteration: UInt32(index), start: Double(index) * 200, ttft: ttft + Double(index)))
                )
            }, to: .run(run))
        try log.appendBlocking([NewEvent(.runCompleted(.with { $0.runID = run }))], to: .run(run))
        try machine.projector.catchUp()
        return machine
    }

    /// What a machine's log ships, taken in by another.
    private func take(_ machine: Installation, into central: Installation) throws {
        var followed = FollowedLog(try central.sources.log(of: machine.log.source))
        var sealer = try BlockSealer(machine.log, from: 1, largest: 1 << 20)
        while let block = try sealer.seal() { _ = try followed.take([(1, block)]) }
    }

    @Test func runsOfAllMachinesStandInTheTablesAsTheyDoAtHome() throws {
        try withTemporaryFolder { folder in
            // The same id of a run too, as of a file that both imported.
            let machines = try [(1, "r1"), (2, "r2"), (3, "r2")].map { number, run in
                try machine("\(folder)/\(number)", run: run, ttft: Double(number) * 10)
            }
            let central = try machine(folder + "/central", run: "r0", ttft: 5)
            defer { for folder in machines + [central] { folder.close() } }

            for machine in machines { try take(machine, into: central) }
            try central.projector.catchUp()

            let results = try central.results().value
            #expect(results.count == 4)
            for machine in machines + [central] {
                let source = machine.log.source.description
                let atHome = try machine.results().value.filter { $0.source == source }
                #expect(results.filter { $0.source == source } == atHome)
                let runs = try [central, machine].map { try $0.runs().value.filter { $0.source == source } }
                #expect(runs[0] == runs[1])
            }
            #expect(try central.projector.check().isEmpty)
            #expect(try central.run("r1").value?.results.map(\.source) == [machines[0].log.source.description])
            // What can be loaded and tested is what is here.
            #expect(try central.models().value.map(\.source) == [central.log.source.description])
            for machine in machines {
                let source = machine.log.source.description
                #expect(try central.modelsElsewhere().value.filter { $0.source == source } == machine.models().value)
                let run = try #require(try machine.runs().value.first).id
                let lines = try central.logs(9, entityID: run, source: source).value
                #expect(try lines.count == 1 && lines == machine.logs(9, entityID: run).value)
            }
            #expect(try machines[0].modelsElsewhere().value.isEmpty)
        }
    }

    @Test func anotherProcessFindsTheLogsAndFoldsThemAnew() throws {
        try withTemporaryFolder { folder in
            let machine = try machine(folder + "/1", run: "r1", ttft: 10)
            defer { machine.close() }
            let central = try Installation(folder: folder + "/central")
            try take(machine, into: central)
            central.close()
            try FileManager.default.removeItem(atPath: folder + "/central/tables")

            let again = try Installation(folder: folder + "/central")
            defer { again.close() }
            try again.projector.catchUp()
            try again.projector.rebuild()

            #expect(try again.runs().value == machine.runs().value)
            #expect(try again.results().value == machine.results().value)
            let evaluated = try [again, machine].map { folder in
                let detail = try #require(try folder.run("latest").value)
                return try folder.evaluate(detail, with: FormulaSet.standard).results.map(\.row)
            }
            #expect(evaluated[0] == evaluated[1])
            #expect(try again.runGoingOn() == nil)
        }
    }

    @Test func whatOnlyTheOtherMachineCanDoIsRefused() async throws {
        try await withTemporaryFolder { folder in
            let machine = try machine(folder + "/1", run: "r1", ttft: 10)
            let central = try Installation(folder: folder + "/central")
            defer { for folder in [machine, central] { folder.close() } }
            try take(machine, into: central)
            try central.projector.catchUp()
            let elsewhere = DataFolderError.elsewhere(run: "r1", source: machine.log.source.description)

            #expect(throws: elsewhere) { try central.earlierRun("r1") }
            let followed = try #require(try central.run("r1").value?.run)
            #expect(throws: elsewhere) { try RunReplay(of: followed, in: central) }
            await #expect(throws: elsewhere) { try await central.delete(run: "r1") }
            #expect(try central.log.lastPosition() == 0)
        }
    }

    @Test func aLogThatIsDamagedKeepsNobodyFromTheOthers() throws {
        try withTemporaryFolder { folder in
            let machine = try machine(folder + "/1", run: "r1", ttft: 10)
            defer { machine.close() }
            let bad = folder + "/central/sources/\(UUID().uuidString.lowercased())/log"
            try FileManager.default.createDirectory(atPath: bad, withIntermediateDirectories: true)
            try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: bad + "/data.mdb"))
            let central = try Installation(folder: folder + "/central")
            defer { central.close() }

            try take(machine, into: central)
            try central.projector.catchUp()

            #expect(try central.runs().value.count == 1)
        }
    }
}
