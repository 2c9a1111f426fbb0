import Benchmarking
import DataFolder
import Events
import Orchestrator
import Runs
import Streaming

extension ChosenModels {
    /// The models of an earlier run, each where its server is now; the built-in simulator where that was measured.
    ///
    /// - Parameter missingToo: whether a model whose server is not found is chosen where it was; else that is an error.
    static func again(
        _ earlier: EarlierRun, _ discovery: Discovery, _ client: StreamingClient, missingToo: Bool
    ) async throws -> ChosenModels {
        let models = earlier.requested.models
        if earlier.requested.simulated, models.allSatisfy({ $0.backend == BackendKind.simulator.rawValue }) {
            // One that was started by hand may still be there; the built-in one ended with its run.
            let there = try? await discovery.identify(Endpoint(models.first?.endpoint ?? ""))
            if there?.isSimulated != true {
                let choice = ModelChoice(models: models.map(\.modelID), endpoints: [], simulate: true)
                return try await choice.choose(client)
            }
        }
        return ChosenModels(models: try await earlier.models(discovery, client, missingToo: missingToo))
    }
}

extension Installation {
    /// What a schedule has carried out at an occasion: the request of its run once more, whole.
    ///
    /// - Throws: why that can't be. A schedule whose run is not there is ended.
    func plan(
        _ schedule: ScheduleRow, _ occasion: Occasion, _ discovery: Discovery, _ client: StreamingClient
    ) async throws -> (plan: RunPlan, simulator: RunningSimulator?) {
        guard let earlier = try earlierRun(schedule.run_id), earlier.requested.runID == schedule.run_id else {
            let reason = "the run that it repeats, \(schedule.run_id), is not there: it was never begun, or deleted"
            try await endSchedule(schedule.id, reason: reason)
            throw Failure(.failed, "The schedule is ended: \(reason).")
        }
        let chosen = try await ChosenModels.again(earlier, discovery, client, missingToo: true)
        return (try await earlier.plan(chosen.models, occasion: occasion), chosen.simulator)
    }
}
