import Events
import Orchestrator
import Statistics

/// The lengths of a scenario's synthetic prompts and their answers, in tokens.
public struct SyntheticPrompts: Sendable, Equatable {
    /// A normal distribution, cut off at 1.
    public struct Length: Sendable, Equatable {
        public var mean: Int
        /// Standard deviation; 0 for a fixed length.
        public var deviation: Int

        public init(_ mean: Int, deviation: Int = 0) {
            self.mean = mean
            self.deviation = deviation
        }

        /// One of its values, the same for the same generator on every machine: the sum of twelve even draws is nearly normal
        /// (of variance 1, within ±6) and needs no logarithm, whose last bit may differ.
        func draw(_ random: inout SplitMix64) -> Int {
            let normal = (0..<12).reduce(-6.0) { sum, _ in sum + random.fraction() }
            return max(1, mean + Int((normal * Double(deviation)).rounded()))
        }

        var inWords: String { deviation == 0 ? "\(mean)" : "\(mean)±\(deviation)" }
    }

    public var prompt: Length
    /// The limit of the answer; nil for the scenario's.
    public var output: Length?

    public static let promptTokensAllowed = 1...1_000_000
    public static let outputTokensAllowed = Prompt.tokensAllowed

    public init(prompt: Length, output: Length? = nil) {
        self.prompt = prompt
        self.output = output
    }

    init(_ object: JSONDocument.Object) throws(SuiteError) {
        guard let tokens = try object.optionalInteger("prompt_tokens", in: Self.promptTokensAllowed) else {
            throw object.error("prompt_tokens", "is missing: how long the prompts are is expected")
        }
        prompt = Length(
            tokens, deviation: try object.optionalInteger("prompt_tokens_deviation", in: 0...tokens) ?? 0)
        if let tokens = try object.optionalInteger("output_tokens", in: Self.outputTokensAllowed) {
            output = Length(
                tokens, deviation: try object.optionalInteger("output_tokens_deviation", in: 0...tokens) ?? 0)
        } else if object.has("output_tokens_deviation") {
            throw object.error("output_tokens_deviation", "stands without 'output_tokens'")
        }
        try object.refuseUnknown()
    }

    /// What request `index` is: its prompt, that prompt's length and the limit of its answer.
    func request(_ index: Int, seed: UInt64) -> (text: String, tokens: Int, maxTokens: Int?) {
        // A generator for each request, so that what one of them is does not depend on the others.
        var random = SplitMix64(state: seed ^ (UInt64(index) &* 0xD134_2543_DE82_EF95))
        let tokens = prompt.draw(&random)
        let maxTokens = output?.draw(&random)
        // The length is mixed in, or a shorter prompt would be the beginning of a longer one.
        return (SyntheticPrompt.text(tokens: tokens, seed: random.next() ^ UInt64(tokens)), tokens, maxTokens)
    }

    /// Such as `512±64 tokens in, 128 out`.
    public var inWords: String { "\(prompt.inWords) tokens in" + (output.map { ", \($0.inWords) out" } ?? "") }
}

extension SyntheticPrompts {
    /// As they are kept with the run.
    var recorded: Events.SyntheticPrompts {
        .with {
            $0.promptTokens = UInt32(prompt.mean)
            if prompt.deviation > 0 { $0.promptTokensDeviation = UInt32(prompt.deviation) }
            if let output {
                $0.outputTokens = UInt32(output.mean)
                if output.deviation > 0 { $0.outputTokensDeviation = UInt32(output.deviation) }
            }
        }
    }

    init(recorded: Events.SyntheticPrompts) {
        prompt = Length(Int(recorded.promptTokens), deviation: Int(recorded.promptTokensDeviation))
        output =
            recorded.hasOutputTokens
            ? Length(Int(recorded.outputTokens), deviation: Int(recorded.outputTokensDeviation)) : nil
    }
}
