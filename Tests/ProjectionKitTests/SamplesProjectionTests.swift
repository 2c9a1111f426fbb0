import Events
import EventStore
import Formulas
import ProjectionKit
import SampleColumns
import Samples
import Storage
import TestSupport
import Testing

/// The samples' columns as they are folded from a log.
struct SamplesProjectionTests {
    /// So many requests of one group, and another group's between them.
    private func events(_ count: Int, chunks: Int = 3) -> [Event] {
        [.runRequested(.fixture(scenarios: ["A", "B"]))]
            + (0..<count).flatMap { index -> [Event] in
                let start = Double(index) * 100
                let sample = InferenceSampled.fixture(
                    scenario: "A", iteration: UInt32(index), start: start, gap: Double(index % 50), chunks: chunks)
                let reading = ResourceSampled.with {
                    ($0.runID, $0.modelID, $0.scenario, $0.level) = ("r1", "phi-4", "A", 1)
                    ($0.atNs, $0.hostCpuPercent) = (Int64(index) * 7, Double(index))
                }
                let other = InferenceSampled.fixture(scenario: "B", start: start, error: .timeout)
                return [.inferenceSampled(sample), .resourceSampled(reading)]
                    + (index % 100 == 0 ? [.inferenceSampled(other)] : [])
            }
    }

    private func append(_ events: [Event], to world: World) async throws {
        _ = try await world.log.append(events.map { NewEvent($0) }, to: .run("r1"))
    }

    private func table(_ world: World, _ scenario: String = "A") throws -> (SampleTable, ResourceTable) {
        try world.tables.store.read { transaction in
            let projection = try world.tables.live(SamplesProjection.self, in: transaction)
            let key = SampleGroupKey("r1", "phi-4", scenario, 1)
            let inputs = Set(InputCatalogue.all.map(\.name))
            return (
                try projection.samples(of: key, in: transaction).table(inputs),
                try projection.readings(of: key, in: transaction).table(inputs)
            )
        }
    }

    @Test func bytesDoNotDependOnWhereTheBatchesEnd() async throws {
        try await World.with { world in
            // Three blocks of samples, two of readings, and batches that end in each of them.
            let all = events(2_200)
            for first in stride(from: 0, to: all.count, by: 333) {
                try await append(Array(all[first..<min(all.count, first + 333)]), to: world)
                // A new one each time has nothing in memory, as after a restart.
                try Projector(log: world.log, tables: world.tables, projections: World.projections).catchUp()
            }

            #expect(try world.projector.check(["samples"]).isEmpty)
            let (samples, readings) = try table(world)
            #expect(samples["iteration"] == (0..<2_200).map(Double.init))
            #expect(readings["host_cpu"] == (0..<2_200).map(Double.init))
            #expect(try table(world, "B").0["timed_out"] == Array(repeating: 1, count: 22))
        }
    }

    @Test func blocksThatAreFullOfChunksDoNotDependOnBatchesEither() async throws {
        try await World.with { world in
            for part in 0..<5 {
                try await append(events(10, chunks: 2_500), to: world)
                try world.projector.catchUp()
                #expect(try table(world).0[array: "gaps"]?.values.count == (part + 1) * 10 * 2_499)
            }

            #expect(try world.projector.check(["samples"]).isEmpty)
        }
    }

    @Test func aFoldThatFailsLeavesNothing() async throws {
        try await World.with { world in
            try await append(events(30), to: world)
            try world.projector.catchUp(through: 20)
            let before = try table(world).0["iteration"]
            // Another version of the code has made the table meanwhile: this one's transaction ends without a trace.
            let space = try world.tables.store.read { try Table<String, String>("generations").get("samples", in: $0) }
            try world.tables.store.write { try Table<String, String>("generations").put("logs", "logs@99.1/", in: $0) }

            #expect(throws: ProjectionError.self) { try world.projector.catchUp() }

            #expect(space != nil)
            #expect(try table(world).0["iteration"] == before)
            try world.projector.rebuild(["logs"])
            try world.projector.catchUp()
            #expect(try table(world).0["iteration"] == (0..<30).map(Double.init))
            #expect(try world.projector.check().isEmpty)
        }
    }

    @Test func aRequestThatWasNotSentHasNoNumbers() async throws {
        try await World.with { world in
            var shed = InferenceSampled.fixture(scenario: "A", start: 700)
            shed.error = .shed
            try await append(events(3) + [.inferenceSampled(shed)], to: world)

            try world.projector.catchUp()

            #expect(try table(world).0.count == 3)
        }
    }

    @Test func readingsBetweenTheGroupsAreOfNone() async throws {
        try await World.with { world in
            let reading = ResourceSampled.with { ($0.runID, $0.hostCpuPercent) = ("r1", 10) }
            try await append(events(2) + [.resourceSampled(reading)], to: world)

            try world.projector.catchUp()

            #expect(try table(world).1.count == 2)
        }
    }

    @Test func aGroupThatIsNotThereHasNoSamples() async throws {
        try await World.with { world in
            try await append(events(2), to: world)
            try world.projector.catchUp()

            #expect(try table(world, "").0.count == 0)
            #expect(try table(world, "AA").0.count == 0)
        }
    }
}
