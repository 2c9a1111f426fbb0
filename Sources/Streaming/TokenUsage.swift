/// Token counts as the server reported them; each nil when it did not. Unknown is not zero.
public struct TokenUsage: Sendable, Equatable {
    /// Tokens of the prompt. Source: `usage.prompt_tokens`; Ollama's `prompt_eval_count`, which leaves out what it had cached.
    public var prompt: Int?
    /// Tokens generated, reasoning included. Source: `usage.completion_tokens`; Ollama's `eval_count`.
    public var completion: Int?
    /// Tokens of `completion` spent on reasoning. Source: `usage.completion_tokens_details.reasoning_tokens`.
    public var reasoning: Int?
    /// Tokens of `prompt` that came from a cache. Source: `usage.prompt_tokens_details.cached_tokens`, else llama.cpp's `timings.cache_n`.
    public var cached: Int?

    /// Counts that are known.
    public init(prompt: Int? = nil, completion: Int? = nil, reasoning: Int? = nil, cached: Int? = nil) {
        self.prompt = prompt
        self.completion = completion
        self.reasoning = reasoning
        self.cached = cached
    }
}

/// What the server says of its own work on one answer; each nil when it does not.
public struct ServerTimes: Sendable, Equatable {
    /// The whole request. Nanoseconds, the server's clock. Source: Ollama's `total_duration`.
    public var total: Int64?
    /// Bringing the model into memory. Nanoseconds, the server's clock. Source: Ollama's `load_duration`.
    public var load: Int64?
    /// Evaluating the prompt. Nanoseconds, the server's clock. Source: llama.cpp's `timings.prompt_ms`, Ollama's
    /// `prompt_eval_duration`.
    public var prompt: Int64?
    /// Generating. Nanoseconds, the server's clock. Source: llama.cpp's `timings.predicted_ms`, Ollama's `eval_duration`.
    public var decode: Int64?
    /// Tokens of the prompt that came from the cache. Source: llama.cpp's `timings.cache_n`.
    public var cachedTokens: Int?

    /// Times that are known.
    public init(
        total: Int64? = nil, load: Int64? = nil, prompt: Int64? = nil, decode: Int64? = nil, cachedTokens: Int? = nil
    ) {
        self.total = total
        self.load = load
        self.prompt = prompt
        self.decode = decode
        self.cachedTokens = cachedTokens
    }
}

extension TokenUsage {
    /// Reads a `usage` member; nil when it is no object.
    init?(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) {
        let isObject = try scanner.kind() == .object
        self.init()
        try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
            switch key {
            case "prompt_tokens": prompt = try scanner.count()
            case "completion_tokens": completion = try scanner.count()
            case "prompt_tokens_details":
                try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
                    if key == "cached_tokens" { cached = try scanner.count() } else { try scanner.skip() }
                }
            case "completion_tokens_details":
                try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
                    if key == "reasoning_tokens" { reasoning = try scanner.count() } else { try scanner.skip() }
                }
            default: try scanner.skip()
            }
        }
        if !isObject { return nil }
    }
}

extension ServerTimes {
    /// Reads a `timings` member; nil when it is no object.
    init?(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) {
        let isObject = try scanner.kind() == .object
        self.init()
        try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
            switch key {
            case "prompt_ms": prompt = try scanner.nanoseconds()
            case "predicted_ms": decode = try scanner.nanoseconds()
            case "cache_n": cachedTokens = try scanner.count()
            default: try scanner.skip()
            }
        }
        if !isObject { return nil }
    }
}

extension JSONScanner {
    /// A number of milliseconds, in nanoseconds; nil when it is none from 0 on or longer than a year.
    fileprivate mutating func nanoseconds() throws(Fault) -> Int64? {
        guard let milliseconds = try double(), milliseconds >= 0, milliseconds < 4e10 else { return nil }
        return Int64((milliseconds * 1e6).rounded())
    }
}
