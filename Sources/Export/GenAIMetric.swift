import Events

/// The metrics of OpenTelemetry's semantic conventions for generative AI that a benchmark measures.
enum GenAIMetric: String, CaseIterable {
    case timeToFirstToken = "gen_ai.server.time_to_first_token"
    case timePerOutputToken = "gen_ai.server.time_per_output_token"
    case requestDuration = "gen_ai.server.request.duration"
    case operationDuration = "gen_ai.client.operation.duration"
    case tokenUsage = "gen_ai.client.token.usage"

    var unit: String { self == .tokenUsage ? "{token}" : "s" }

    /// What is measured, and where: all of it as the client sees it.
    var text: String {
        switch self {
        case .timeToFirstToken:
            "From the request sent to the first content or reasoning text, of whole answers that were streamed."
        case .timePerOutputToken:
            "From the first content to the last by the output tokens after the first, of whole answers."
        case .requestDuration: "From the request sent to the last content, of whole answers."
        case .operationDuration: "From the start of the request to the end of the response, failed ones included."
        case .tokenUsage: "Tokens of whole answers as the server counts them."
        }
    }

    /// The upper bounds of the buckets that the conventions advise.
    var bounds: [Double] {
        switch self {
        case .timeToFirstToken:
            [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
        case .timePerOutputToken: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]
        case .requestDuration, .operationDuration: (0..<14).map { 0.01 * Double(1 << $0) }
        case .tokenUsage: (0..<14).map { Double(1 << (2 * $0)) }
        }
    }
}

/// A run's requests, counted into buckets. Warm-up, cool-down and what was never sent are left out.
struct RunHistograms {
    struct Key: Hashable, Comparable {
        var metric: GenAIMetric
        var model: String
        var scenario: String
        var level: UInt32
        var rateMillionths: UInt64
        /// `input` or `output`, of tokens.
        var tokenType: String?
        /// The class of the failure; nil of a whole answer.
        var error: String?

        static func < (a: Key, b: Key) -> Bool {
            (a.model, a.scenario, a.level, a.rateMillionths, (a.tokenType ?? "") + "/" + (a.error ?? ""))
                < (b.model, b.scenario, b.level, b.rateMillionths, (b.tokenType ?? "") + "/" + (b.error ?? ""))
        }
    }

    struct Histogram {
        private(set) var count: UInt64 = 0
        private(set) var sum = 0.0
        private(set) var min = Double.infinity
        private(set) var max = -Double.infinity
        /// One more than there are bounds: the last is for what lies above them all.
        private(set) var buckets: [UInt64]

        init(_ bounds: [Double]) { buckets = Array(repeating: 0, count: bounds.count + 1) }

        mutating func add(_ value: Double, _ bounds: [Double]) {
            count += 1
            sum += value
            min = Swift.min(min, value)
            max = Swift.max(max, value)
            buckets[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        }
    }

    private(set) var points: [Key: Histogram] = [:]

    mutating func add(_ sample: borrowing SampleView) {
        guard !sample.warmup, !sample.cooldown, sample.error != .shed, sample.error != .cancelled else { return }
        let error = sample.error.exportedName?.description
        add(seconds(sample.endedNs - sample.startedNs), .operationDuration, sample, error: error)
        guard error == nil else { return }
        let sent = sample.sentNs ?? sample.startedNs
        let end = sample.lastContentNs ?? sample.endedNs
        add(seconds(end - sent), .requestDuration, sample)
        if sample.tokenSource == .serverUsage {
            if let tokens = sample.promptTokens { add(Double(tokens), .tokenUsage, sample, tokenType: "input") }
            if let tokens = sample.completionTokens { add(Double(tokens), .tokenUsage, sample, tokenType: "output") }
        }
        guard sample.streamed, let first = sample.firstContentNs else { return }
        add(seconds(first - sent), .timeToFirstToken, sample)
        let tokens = sample.tokenSource == .serverUsage ? sample.completionTokens : sample.contentChunks
        if let tokens, tokens > 1 { add(seconds(end - first) / Double(tokens - 1), .timePerOutputToken, sample) }
    }

    private mutating func add(
        _ value: Double, _ metric: GenAIMetric, _ sample: borrowing SampleView, tokenType: String? = nil,
        error: String? = nil
    ) {
        let key = Key(
            metric: metric, model: String(decoding: sample.modelID, as: UTF8.self),
            scenario: String(decoding: sample.scenario, as: UTF8.self), level: sample.level,
            rateMillionths: sample.rateMillionths, tokenType: tokenType, error: error)
        points[key, default: Histogram(metric.bounds)].add(value, metric.bounds)
    }

    private func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }
}
