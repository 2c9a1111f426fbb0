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
        (#"{"sweep": "rate"}"#, "'sweep' needs an objective to keep: give 'slo' too"),
        (#"{"sweep": "all"}"#, "'sweep' must be rate or concurrency, found 'all'"),
        (
            #"{"sweep": "rate", "slo": {"ttft": 9}, "rate": 2}"#,
            "'sweep' stands beside 'rate': a sweep chooses the levels itself"
        ),
        (#"{"sweep_levels": 3}"#, "'sweep_levels' is for a sweep: give 'sweep' too"),
        (#"{"slo": {}}"#, "'slo' has no limit: give 'ttft', 'tpot' or 'latency', in ms"),
        (
            #"{"slo": {"ttft": 9}, "streaming": false}"#,
            "'slo' has a limit of what is not known of a whole answer: only 'latency' is"
        ),
        (#"{"max_iterations": 9}"#, "'max_iterations' is for 'min_precision': give that too"),
        (#"{"min_precision": 2}"#, "'min_precision' must be from 0.001 to 0.5, found 2.0"),
        (#"{"connect": "warm"}"#, "'connect' must be reused or fresh, found 'warm'"),
    ])
    func aSuiteWithAFaultInTheLoadIsRefused(json: String, complaint: String) {
        let error = #expect(throws: SuiteError.self) { try defaults(json) }

        #expect(error?.description.hasSuffix(": \(complaint).") == true, "\(String(describing: error))")
    }

    @Test func aSuiteKnowsSweepsAndPrecision() throws {
        let sweep = try defaults(
            #"{"sweep": "concurrency", "sweep_levels": 4, "slo": {"ttft": 0.5, "share": 0.9}, "connect": "fresh"}"#)

        let objective = Objective(ttft: .microseconds(500), share: 0.9)
        #expect(sweep.sweep == Sweep(over: .concurrency, objective: objective, levels: 4))
        #expect(sweep.objective == objective)
        #expect(sweep.duration == Sweep.usualDuration)
        #expect(sweep.freshConnections)
        let precise = try defaults(#"{"min_precision": 0.02, "max_iterations": 50, "iterations": 10}"#)
        #expect(precise.minPrecision == 0.02)
        #expect(precise.iterationsLimit == 50)
    }

    private static let lines =
        #"{\"timestamp\":0,\"input_length\":5,\"output_length\":2}\n"#
        + #"{\"timestamp\":500,\"input_length\":7,\"output_length\":3}"#

    private func order(_ rest: String) throws -> (order: RunOrder, settings: RunSettings) {
        let order = try RunOrder(
            json: Array(#"{"modelIds":["m"],"trace":{"text":"\#(Self.lines)","speed":2}\#(rest)}"#.utf8),
            place: "the body")
        return (order, try order.settings(over: order.trace.map { Suite($0) }?.defaults ?? RunSettings()))
    }

    @Test func anOrderMayHaveATraceInPlaceOfASuite() throws {
        let (order, settings) = try order(#","config":{"iterations":9,"cooldown":1}"#)

        #expect(order.trace?.requests.map(\.promptTokens) == [5, 7])
        #expect(settings.trace?.requests.values.first?.map(\.start) == [0, 250_000_000])
        #expect(settings.isOpenLoop)
        #expect(settings.iterations == 1)
    }

    @Test(arguments: [
        (
            #","config":{"rate":2}"#,
            "'trace' stands beside 'rate': the trace says when requests start and how long they are"
        ),
        (
            #","selectedScenarios":["a"]"#,
            "'trace' stands beside 'selectedScenarios': the trace says when requests start and how long they are"
        ),
        (#","config":{"cooldown":2}"#, "'cooldown' must be less than the 2 requests of the trace"),
    ])
    func anOrderWithWhatATraceExcludesIsRefused(rest: String, complaint: String) {
        let error = #expect(throws: SuiteError.self) { try order(rest) }

        #expect(error?.description.hasSuffix(": \(complaint).") == true, "\(String(describing: error))")
    }
}
