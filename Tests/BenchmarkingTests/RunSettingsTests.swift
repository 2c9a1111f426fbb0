import Benchmarking
import Testing

struct RunSettingsTests {
    static let settings: [RunSettings] = {
        var closed = RunSettings()
        closed.concurrency = [1, 4]
        closed.iterations = 7
        closed.ramp = .seconds(3)
        closed.cooldown = 2
        closed.temperature = nil
        closed.firstTokenTimeout = .seconds(1)
        var open = RunSettings()
        open.concurrency = []
        open.rates = [0.5, 2]
        open.arrivals = .constant
        open.maxInFlight = 9
        open.duration = .seconds(30)
        open.seed = 3
        open.maxTokens = 5
        open.streaming = false
        open.objective = Objective(ttft: .milliseconds(300), tpot: .milliseconds(50), share: 0.9)
        var sweep = RunSettings()
        sweep.concurrency = []
        sweep.objective = Objective(latency: .seconds(2))
        sweep.sweep = Sweep(over: .rate, objective: Objective(latency: .seconds(2)), levels: 6)
        sweep.arrivals = .constant
        sweep.keepOutput = false
        return [RunSettings(), closed, open, sweep]
    }()

    @Test(arguments: settings)
    func whatIsKeptWithARunGivesTheSettingsBack(settings: RunSettings) {
        #expect(RunSettings(settings.recorded) == settings)
    }

    private func defaults(_ json: String) throws -> RunSettings {
        try Suite(
            json: Array(#"{"name":"x","scenarios":[{"name":"a","prompt":"p"}],"default_config":\#(json)}"#.utf8),
            file: "s.json"
        ).defaults
    }

    @Test func aSuiteKnowsEveryKindOfLoad() throws {
        let open = try defaults(
            #"{"rate": [0.5, 2], "arrivals": "constant", "max_in_flight": 8, "duration": 30000, "cooldown": 3, "ramp": 5000}"#
        )

        #expect(open.rates == [0.5, 2])
        #expect(open.arrivals == .constant)
        #expect(open.maxInFlight == 8)
        #expect(open.duration == .seconds(30))
        #expect(open.cooldown == 3)
        #expect(open.ramp == .seconds(5))
        #expect(open.isOpenLoop)
        #expect(try defaults(#"{"rate": 2}"#).rates == [2])
    }

    @Test(arguments: [
        (
            #"{"rate": 1, "concurrency": 2}"#,
            "'rate' stands beside 'concurrency': requests start by the clock, or when others have ended"
        ),
        (
            #"{"duration": 1000, "iterations": 2}"#,
            "'duration' stands beside 'iterations': one of them ends a level, time or a count"
        ),
        (#"{"arrivals": "often"}"#, "'arrivals' must be poisson or constant, found 'often'"),
        (#"{"arrivals": 1}"#, "'arrivals' must be poisson or constant, found 1"),
        (#"{"rate": 0}"#, "'rate' must be from 0.001 to 10000.0, found 0.0"),
        (#"{"rate": []}"#, "'rate' must hold at least one number, found none"),
        (#"{"max_in_flight": 0}"#, "'max_in_flight' must be at least 1, found 0"),
        (#"{"ramp": "5s"}"#, "'ramp' must be a whole number, found text"),
    ])
    func aSuiteWithAFaultInTheLoadIsRefused(json: String, complaint: String) {
        let error = #expect(throws: SuiteError.self) { try defaults(json) }

        #expect(error?.description.hasSuffix(": \(complaint).") == true, "\(String(describing: error))")
    }
}
