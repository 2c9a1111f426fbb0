import Events

/// A run that is in the log, as it can be carried out again: what it asked for, and when its requests were meant to start.
public struct EarlierRun: Sendable {
    public let requested: RunRequested
    /// Of an open loop: by model, then by scenario and rate.
    private var starts: [String: [RecordedPlace: [RecordedRequest]]] = [:]

    private struct RecordedPlace: Hashable {
        var scenario: String
        var rateMillionths: UInt64
    }

    private struct RecordedRequest {
        var request: Trace.Request
        /// Of several with the same start, the first one in the schedule has the lowest number.
        var iteration: UInt32
    }

    public init(_ requested: RunRequested) { self.requested = requested }

    /// Takes one of its samples, in any order.
    ///
    /// All count but those of the warm-up before a level, which the settings make anew: in a ramp and in the cool-down the load
    /// is as it was too.
    public mutating func add(_ sample: borrowing SampleView) {
        // The other turns of a conversation start when the answers before them have come.
        guard sample.rateMillionths > 0, sample.turn ?? 0 == 0,
            !(sample.warmup && sample.iteration < requested.configuration.warmup)
        else {
            return
        }
        var request = Trace.Request(start: sample.intendedStartNs)
        if isOfFile {
            request.promptTokens = sample.askedPromptTokens.map(Int.init)
            request.maxTokens = sample.maxTokens.map(Int.init)
        }
        let model = String(decoding: sample.modelID, as: UTF8.self)
        let place = RecordedPlace(
            scenario: String(decoding: sample.scenario, as: UTF8.self), rateMillionths: sample.rateMillionths)
        starts[model, default: [:]][place, default: []]
            .append(RecordedRequest(request: request, iteration: sample.iteration))
    }

    /// Whether its requests were those of a trace file, which gave them their lengths.
    private var isOfFile: Bool { !requested.configuration.trace.digest.isEmpty }

    /// Whether there are starts to be repeated. In a closed loop one request starts another, and a sweep chooses its levels anew.
    public var hasStarts: Bool { !requested.configuration.ratesMillionths.isEmpty }

    /// Its suite, with the scenarios that were run.
    ///
    /// - Throws: `SuiteError` when a text is no longer there.
    public func suite() throws(SuiteError) -> Suite {
        var scenarios: [Suite.Scenario] = []
        for scenario in requested.scenarios {
            var scenario = try Suite.Scenario(recorded: scenario)
            if isOfFile { scenario.prompts = .lengths(try lengths(of: scenario.name)) }
            if scenario.prompts == .one("") {
                throw .invalid(
                    place: "Could not repeat run \(requested.runID)",
                    reason: "no prompt of scenario '\(scenario.name)' was recorded with it")
            }
            scenarios.append(scenario)
        }
        return Suite(
            name: requested.suiteName, version: requested.suiteVersion, description: requested.suiteDescription,
            scenarios: scenarios, defaults: RunSettings(requested.configuration), digest: requested.suiteDigest)
    }

    /// Its settings, and the starts of its requests.
    ///
    /// - Parameter speed: 2 starts them in half the time, at twice the rate. Of an open loop only.
    public func settings(speed: Double = 1) -> RunSettings {
        var settings = RunSettings(requested.configuration)
        let earlier = requested.configuration.trace
        // Of a file, the speed is told from how it was recorded there.
        let before = earlier.name.isEmpty ? 1 : earlier.speed
        var trace = Trace(name: earlier.name, digest: earlier.digest, runID: requested.runID, speed: speed * before)
        if hasStarts {
            let faster = { (millionths: UInt64) in (Double(millionths) * speed).rounded() / 1e6 }
            settings.rates = requested.configuration.ratesMillionths.map(faster)
            settings.duration = settings.duration.map { $0 / speed }
            settings.ramp = settings.ramp.map { $0 / speed }
            for place in Set(starts.values.flatMap(\.keys)) {
                // All models had the same starts; one that was cut off has fewer of them.
                let longest = starts.values.compactMap { $0[place] }.max { $0.count < $1.count } ?? []
                let level = LoadLevel.rate(faster(place.rateMillionths))
                trace.requests[Trace.Place(scenario: place.scenario, level: level)] = Self.fromFirst(longest)
                    .map { $0.faster(speed) }
            }
        }
        settings.trace = trace
        return settings
    }

    private func lengths(of scenario: String) throws(SuiteError) -> [Trace.Request] {
        let recorded = starts.values.flatMap { places in places.filter { $0.key.scenario == scenario }.values }
        guard let longest = recorded.max(by: { $0.count < $1.count }) else {
            throw .invalid(
                place: "Could not repeat run \(requested.runID)",
                reason: "none of its requests was started, and only they know how long they were to be")
        }
        return Self.fromFirst(longest)
    }

    private static func fromFirst(_ recorded: [RecordedRequest]) -> [Trace.Request] {
        let sorted = recorded.sorted { ($0.request.start, $0.iteration) < ($1.request.start, $1.iteration) }
        return sorted.map { recorded in
            var request = recorded.request
            request.start -= sorted[0].request.start
            return request
        }
    }
}
