import Events
import Foundation

extension Runner {
    /// Measures one model at every load level.
    func measureLevels(_ phase: Phase, _ stage: Stage) async throws {
        switch plan.settings.levels {
        case .list(let levels):
            for level in levels {
                for scenario in plan.scenarios where await phase.goesOn() {
                    _ = try await measure(scenario, phase, level: level, stage)
                }
            }
        case .sweep(let sweep):
            for scenario in plan.scenarios where await phase.goesOn() {
                try await search(sweep, scenario, phase, stage)
            }
        }
    }

    /// Looks for the knee of one scenario. A search that is cut off has no end, only the samples it took.
    private func search(
        _ sweep: Sweep, _ scenario: Suite.Scenario, _ phase: Phase, _ stage: Stage
    ) async throws {
        var search = KneeSearch(sweep)
        while let level = search.next {
            let result = try await measure(scenario, phase, level: level, stage)
            guard await phase.goesOn() else { return }
            guard let result else {
                search.finish(phase.tally.lastFailure ?? "No request could be made.")
                break
            }
            search.take(result)
            if sweep.over == .rate, level == .concurrency(1) { try await warnOfShortLevels(result, scenario) }
        }
        guard let end = search.end else { return }
        try await emit(
            .run(
                .sweepEnded(
                    .with {
                        ($0.runID, $0.modelID, $0.scenario) = (plan.runID, phase.model.id, scenario.name)
                        if let knee = end.knee, sweep.over == .rate { $0.kneeRateMillionths = knee.rateMillionths }
                        if let knee = end.knee, sweep.over == .concurrency { $0.kneeConcurrency = knee.concurrency }
                        $0.reason = end.reason
                    })))
    }

    /// A queue takes a few requests' time to grow: a level that is shorter than that would not show it.
    private func warnOfShortLevels(_ one: LevelResult, _ scenario: Suite.Scenario) async throws {
        guard let duration = plan.settings.duration, let perSecond = one.answersPerSecond,
            duration / .seconds(1) * perSecond < Self.requestsInALevel
        else { return }
        let seconds = (1 / perSecond).formatted(
            .number.precision(.significantDigits(2)).locale(.init(identifier: "en_US_POSIX")))
        try await emit(
            .log(
                .warn, plan.runID,
                """
                '\(scenario.name)': a request takes \(seconds) s, and a level of \(duration / .seconds(1)) s is short beside \
                that. A longer --duration finds the knee more surely.
                """))
    }

    /// A level should be so many times as long as one request.
    private static var requestsInALevel: Double { 5 }
}
