/// What the simulated server serves and how it paces it.
public struct SimulatorConfiguration: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 takes a free one.
    public var port = 0
    /// The models that answer; any other name gives 404.
    public var models = [SimulatedModel("simulated")]
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
    /// Whether token counts are reported: always in a whole answer, in a stream when the request asks for them.
    public var reportsUsage = true
    /// What texts, jitter and faults are drawn from: the same seed and order of requests give the same.
    public var seed: UInt64 = 1

    /// One model of 50 ms and 10 ms on a free port of loopback.
    public init() {}

    /// Most tokens in an answer.
    public static let tokenLimit = 100_000

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
        for wait in models.flatMap({ [$0.ttft, $0.itl] }).compactMap({ $0 }) {
            try require(wait >= .zero && wait <= .seconds(3600), "a model's ttft and itl", "from 0 to an hour")
        }
        let rates = [errorRate, streamErrorRate, truncateRate, hangRate]
        try require(
            rates.allSatisfy { $0 >= 0 } && rates.reduce(0, +) <= 1, "the rates",
            "shares from 0 that add up to at most 1")
    }
}

/// One model of a simulated server; what is nil is as the server's configuration says.
public struct SimulatedModel: Sendable {
    /// The name in requests.
    public var id: String
    /// From the request's last byte to the first content.
    public var ttft: Duration?
    /// From one chunk to the next.
    public var itl: Duration?
    /// How far each wait strays from its length, as a fraction of it.
    public var jitter: Double?

    /// A model of that name.
    public init(_ id: String, ttft: Duration? = nil, itl: Duration? = nil, jitter: Double? = nil) {
        self.id = id
        self.ttft = ttft
        self.itl = itl
        self.jitter = jitter
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
