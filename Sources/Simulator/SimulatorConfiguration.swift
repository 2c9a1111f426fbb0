/// What the simulated server serves and how it paces it.
public struct SimulatorConfiguration: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 takes a free one.
    public var port = 0
    /// The kind of server that it poses as. Setting it sets the models and the quirks to those that such a server has.
    public var personality: Personality {
        didSet { (models, quirks) = (personality.models, personality.quirks) }
    }
    /// The models that it has.
    public var models: [SimulatedModel]
    /// How it strays from what a client may expect.
    public var quirks: Set<Quirk>
    /// Whether a llama.cpp serves several models, which it loads and unloads on request, and not just the first.
    public var isRouter = false
    /// From the request's last byte to the first content.
    public var ttft: Duration = .milliseconds(50)
    /// From one chunk to the next.
    public var itl: Duration = .milliseconds(10)
    /// Most answers that are written at once; further requests wait in the order in which they came. Nil for no limit.
    public var slots: Int?
    /// How far each wait strays from its length, as a fraction of it, evenly spread; 0 to 1.
    public var jitter = 0.0
    /// Tokens of an answer that the request does not limit below this.
    public var tokens = 128
    /// Tokens in one chunk.
    public var tokensPerChunk = 1
    /// Share of requests that get status 500.
    public var errorRate = 0.0
    /// Share of streams that end halfway with an error object under status 200.
    public var streamErrorRate = 0.0
    /// Share of streams whose connection is closed halfway.
    public var truncateRate = 0.0
    /// Share of requests that never get an answer.
    public var hangRate = 0.0
    /// After how many chunks a stream stalls, again and again; nil never.
    public var stallEvery: Int?
    /// How long a stall is.
    public var stall: Duration = .milliseconds(500)
    /// What texts, jitter and faults are drawn from: the same seed and order of requests give the same.
    public var seed: UInt64 = 1

    /// A server of that kind on a free port of loopback; of OpenAI's kind, one model of 50 ms and 10 ms.
    public init(as personality: Personality = .openAI) {
        self.personality = personality
        models = personality.models
        quirks = personality.quirks
    }

    /// Most tokens in an answer.
    public static let tokenLimit = 100_000

    /// The models with what their kind of server takes for granted: where nothing loads on request, all are in memory.
    var servedModels: [SimulatedModel] {
        if personality == .llamaCpp && !isRouter { return Array(models.prefix(1)) }
        guard personality == .openAI || personality == .vllm else { return models }
        return models.map { model in
            var model = model
            (model.isDownloaded, model.isLoaded) = (true, true)
            return model
        }
    }

    func validate() throws(SimulatorError) {
        func require(_ holds: Bool, _ name: String, _ expectation: String) throws(SimulatorError) {
            if !holds { throw .invalid(setting: name, expectation: expectation) }
        }
        try require((0...65535).contains(port), "port", "from 0 to 65535")
        try require(!models.isEmpty, "models", "at least one")
        try require(Set(models.map(\.id)).count == models.count, "models", "of different names")
        try require(ttft >= .zero && ttft <= .seconds(3600), "ttft", "from 0 to an hour")
        try require(itl >= .zero && itl <= .seconds(3600), "itl", "from 0 to an hour")
        try require(stall >= .zero && stall <= .seconds(3600), "stall", "from 0 to an hour")
        try require((1...Self.tokenLimit).contains(tokens), "tokens", "from 1 to \(Self.tokenLimit)")
        try require((1...Self.tokenLimit).contains(tokensPerChunk), "tokens per chunk", "from 1 to \(Self.tokenLimit)")
        try require(stallEvery ?? 1 >= 1, "stall every", "at least 1 chunk")
        try require(slots ?? 1 >= 1, "slots", "at least 1")
        for jitter in [jitter] + models.compactMap(\.jitter) {
            try require((0...1).contains(jitter), "jitter", "a fraction from 0 to 1")
        }
        for wait in models.flatMap({ [$0.ttft, $0.itl, $0.loadTime, $0.downloadTime] }).compactMap({ $0 }) {
            try require(wait >= .zero && wait <= .seconds(3600), "a model's times", "from 0 to an hour")
        }
        for model in models {
            try require(model.sizeBytes > 0, "a model's size", "more than 0")
            try require(model.vanishesAfter ?? 1 >= 1, "the answers before a model vanishes", "at least 1")
            try require(
                model.loadsInstead.map { other in models.contains { $0.id == other } } ?? true,
                "what '\(model.id)' loads instead", "one of the models")
        }
        try require(!isRouter || personality == .llamaCpp, "a router", "a llama.cpp")
        let rates = [errorRate, streamErrorRate, truncateRate, hangRate]
        try require(
            rates.allSatisfy { $0 >= 0 } && rates.reduce(0, +) <= 1, "the rates",
            "shares from 0 that add up to at most 1")
    }
}

/// Why the simulated server could not be started.
public enum SimulatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A setting has no meaning.
    case invalid(setting: String, expectation: String)
    /// The address could not be listened on.
    case cannotListen(host: String, port: Int, reason: String)
    /// The truth file could not be written.
    case cannotWriteTruth(path: String, reason: String)

    /// What could not be done, why, and what helps.
    public var description: String {
        switch self {
        case .invalid(let setting, let expectation):
            "Could not start the simulator: \(setting) must be \(expectation)."
        case .cannotListen(let host, let port, let reason):
            "Could not start the simulator on \(host):\(port): \(reason). Choose another port, or 0 for a free one."
        case .cannotWriteTruth(let path, let reason):
            "Could not write the truth file '\(path)': \(reason)."
        }
    }
}
