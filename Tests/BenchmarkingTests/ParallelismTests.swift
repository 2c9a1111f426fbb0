import Orchestrator
import Streaming
import TestSupport
import Testing

@testable import Benchmarking

struct ParallelismTests {
    private func offer(
        _ alias: String, at port: Int, loaded: Bool = false, size: UInt64? = 1_000_000_000
    ) throws -> RunPlan.Offer {
        RunPlan.Offer(
            alias: alias, endpoint: try Endpoint("http://127.0.0.1:\(port)"), isLoaded: loaded, sizeBytes: size)
    }

    @Test func modelsOfOneServerGoTogetherOnceAllAreLoaded() throws {
        let loaded = [try offer("a", at: 1, loaded: true), try offer("b", at: 1, loaded: true)]
        let unloaded = [try offer("a", at: 1, loaded: true), try offer("b", at: 1), try offer("c", at: 2)]

        #expect(RunPlan.crowded(loaded) == [])
        #expect(RunPlan.crowded(unloaded) == [try Endpoint("http://127.0.0.1:1")])
    }

    @Test func doubtIsAReasonAgainst() throws {
        let two = [try offer("a", at: 1), try offer("b", at: 2)]
        let unknown = [try offer("a", at: 1), try offer("b", at: 2, size: nil)]
        let loaded = [try offer("a", at: 1, loaded: true, size: nil), try offer("b", at: 2, loaded: true, size: nil)]

        #expect(RunPlan.reasonAgainst(two, 2, freeMemory: 3_000_000_000) == nil)
        let full = try #require(RunPlan.reasonAgainst(two, 2, freeMemory: 2_000_000_000))
        #expect(full.contains("takes some 2.5 GB of memory, and 2.0 GB are free"))
        #expect(full.contains("'--parallel-models 2'"))
        #expect(RunPlan.reasonAgainst(unknown, 2, freeMemory: .max)?.contains("how much memory b takes") == true)
        #expect(RunPlan.reasonAgainst(two, 2, freeMemory: nil)?.contains("does not tell") == true)
        #expect(RunPlan.reasonAgainst(loaded, 2, freeMemory: 0) == nil)
        #expect(RunPlan.reasonAgainst(two, 1, freeMemory: .max)?.contains("serves them all") == true)
        #expect(RunPlan.reasonAgainst(Array(two.prefix(1)), 1, freeMemory: .max) == "there is only one.")
    }

    private func plan(_ ports: [Int], atOnce: Int) throws -> RunPlan {
        let client = StreamingClient()
        let suite = try Suite(
            json: Array(#"{"name":"s","scenarios":[{"name":"A","prompt":"Go."}]}"#.utf8), file: "s")
        var settings = RunSettings()
        settings.parallelModels = atOnce
        let models = try ports.enumerated().map {
            PlannedModel(
                identity: .fixture(id: "m\($0.offset)"),
                backend: BackendKind.openAI.backend(
                    at: try Endpoint("http://127.0.0.1:\($0.element)"), using: client))
        }
        return RunPlan(
            runID: "r", suite: suite, scenarios: suite.scenarios, models: models, settings: settings)
    }

    @Test func anIdleServersModelComesFirst() throws {
        var plan = try plan([1, 1, 2], atOnce: 2)

        #expect(plan.next(of: [0, 1, 2], beside: []) == 0)
        #expect(plan.next(of: [1, 2], beside: [0]) == 2)
        #expect(plan.next(of: [1], beside: [0, 2]) == nil)
        #expect(plan.next(of: [1], beside: [0]) == 1)
        #expect(plan.sharesServer(plan.models[0].identity))
        plan.oneAtATime = [plan.models[0].backend.endpoint]
        #expect(plan.next(of: [1], beside: [0]) == nil)
        #expect(plan.next(of: [1], beside: [2]) == 1)
        #expect(!plan.sharesServer(plan.models[0].identity))
    }

    @Test func twoServersWithTheSameModelAreToldApart() throws {
        let client = StreamingClient()
        let suite = try Suite(
            json: Array(#"{"name":"s","scenarios":[{"name":"A","prompt":"Go."}]}"#.utf8), file: "s")
        let models = try [8080, 8081, 8080].map { port in
            PlannedModel(
                AvailableModel(id: "smollm2"),
                on: BackendKind.llamaCpp.backend(at: try Endpoint("http://127.0.0.1:\(port)"), using: client))
        }
        let plan = RunPlan(
            runID: "r", suite: suite, scenarios: suite.scenarios, models: models, settings: RunSettings())

        #expect(plan.models.map(\.identity.id) == ["llama.cpp.smollm2", "llama.cpp.smollm2-8081"])
        #expect(plan.models.map(\.identity.alias) == ["smollm2", "smollm2 (8081)"])
    }

    @Test func oneAfterAnotherIsTheRule() throws {
        let plan = try plan([1, 2], atOnce: 1)

        #expect(plan.next(of: [1], beside: [0]) == nil)
        #expect(!plan.measuresTogether)
    }

    @Test func aNumberIsObeyedWithAWarning() async throws {
        let together = await (try plan([1, 1], atOnce: 1)).measuring(.count(5))

        #expect(together.settings.parallelModels == 5)
        #expect(together.oneAtATime.isEmpty)
        #expect(together.warnings.count == 1)
        #expect(together.warnings[0].hasPrefix("2 models are measured at once: they take processor time"))
    }
}
