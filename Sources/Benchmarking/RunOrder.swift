import Foundation

/// A run as a client orders it: the body of the original's `POST /api/benchmarks/run`.
public struct RunOrder: Sendable {
    /// Ids of registered models, at least one.
    public var modelIDs: [String]
    public var suiteName: String
    /// Names of the suite's scenarios; empty for all.
    public var scenarios: [String]
    public var label: String
    /// The requests that are to be made in place of a suite's; nil for the suite's.
    public let trace: TraceFile?
    /// 2 starts the trace's requests in half the time.
    private let speed: Double
    private let config: JSONDocument.Object?

    /// Reads `modelIds`, `suiteName` or `trace`, `selectedScenarios`, `config` and `label`.
    ///
    /// - Parameter place: what a complaint calls the text, such as `the request's body`.
    /// - Throws: `SuiteError` naming line, column and what was expected there.
    public init(json bytes: [UInt8], place: String) throws(SuiteError) {
        let root = try JSONDocument(bytes, file: place).root.object()
        modelIDs = try root.optionalStrings("modelIds", "a list of models' ids") ?? []
        guard !modelIDs.isEmpty else { throw root.error("modelIds", "must be a list of at least one model's id") }
        scenarios = try root.optionalStrings("selectedScenarios", "a list of scenarios' names") ?? []
        label = try root.string("label", default: "")
        let config = try root.optionalObject("config")
        self.config = config
        guard let object = try root.optionalObject("trace") else {
            (trace, speed) = (nil, 1)
            suiteName = try root.string("suiteName", "a suite's name")
            return
        }
        suiteName = ""
        (trace, speed) = try Self.trace(object)
        let others = ["concurrency", "rate", "sweep", "arrivals", "ramp"].filter { config?.has($0) == true }
        if let other = scenarios.isEmpty ? others.first : "selectedScenarios" {
            throw root.error(
                "trace", "stands beside '\(other)': the trace says when requests start and how long they are")
        }
    }

    /// `name`, `text` (lines of JSON), `unit` and `speed`.
    private static func trace(_ object: JSONDocument.Object) throws(SuiteError) -> (TraceFile?, Double) {
        let unit = try object.optionalChoice("unit", of: TraceFile.Unit.allCases.map(\.rawValue))
        let speed = try object.optionalNumber("speed", in: Trace.speedAllowed) ?? 1
        let name = try object.string("name", default: "trace")
        let text = try object.string("text", "lines of JSON")
        try object.refuseUnknown()
        return (try TraceFile(Data(text.utf8), path: name, unit: unit.flatMap(TraceFile.Unit.init)), speed)
    }

    /// The suite's settings with those that the order gives.
    ///
    /// - Throws: `SuiteError` for a value out of its limits, and for a key that is not known.
    public func settings(over defaults: RunSettings) throws(SuiteError) -> RunSettings {
        var settings = defaults
        if let trace {
            settings.take(trace, speed: speed)
            settings.iterations = trace.requests.count
        }
        guard let config else { return settings }
        try settings.take(from: config)
        _ = try repetition(now: 0)
        try config.refuseUnknown()
        if let trace {
            let most = trace.requests.count - settings.cooldown
            guard most > 0 else {
                throw config.error("cooldown", "must be less than the \(trace.requests.count) requests of the trace")
            }
            settings.iterations = min(settings.iterations, most)
        }
        return settings
    }

    /// How often the run is to be carried out again: `every` in ms, `until` in ms since the epoch; nil for once.
    ///
    /// - Parameter now: when it starts first, ms since the epoch.
    /// - Throws: `SuiteError` for a value out of its limits.
    public func repetition(now: Int64) throws(SuiteError) -> (every: Duration, until: Int64?, now: Int64)? {
        guard let config else { return nil }
        let every = try config.optionalInteger("every", in: 1_000...366 * 86_400_000)
        let until = try config.optionalInteger("until", in: Int(now) + 1...Int.max)
        guard let every else {
            guard until == nil else { throw config.error("until", "is for 'every': give that too") }
            return nil
        }
        return (.milliseconds(every), until.map { Int64($0) }, now)
    }
}
