import ArgumentParser
import Benchmarking
import Foundation

/// What a run asks, where that is not a suite's, and what the servers may remember of it.
struct PromptOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            In place of a suite: a file with a JSON object a line, with 'prompt' or 'messages', and 'system_prompt' and \
            'max_tokens' where wanted. Each is asked once, in order, unless --iterations or --duration says otherwise.
            """, valueName: "file"))
    var prompts: String?
    @Option(
        help: ArgumentHelp(
            "In place of a suite: prompts of common words, so many tokens long (512, or 512±64), drawn from --seed.",
            valueName: "length"))
    var promptTokens: TokenLength?
    @Option(
        help: ArgumentHelp(
            "With --prompt-tokens: the limit of the answers in tokens, likewise (default: 128).", valueName: "length"))
    var outputTokens: TokenLength?
    @Option(
        help: ArgumentHelp(
            """
            defeat (the default): each request begins with a number of its own, so that a server finds nothing in its cache \
            of prompts' beginnings. keep: prompts go out as they are.
            """, valueName: "policy"))
    var cache: RunSettings.PrefixCache?

    func validate() throws {
        guard outputTokens == nil || promptTokens != nil else {
            throw ValidationError(
                "'--output-tokens' goes with '--prompt-tokens'; a suite's answers are limited by '--max-tokens'.")
        }
    }

    /// The suite that these options make; nil when they make none.
    ///
    /// - Throws: `Failure` when they exclude each other or the suite that was named, and `SuiteError`.
    func suite(besides name: String?) throws -> Suite? {
        let given = [("--suite", name != nil), ("--prompts", prompts != nil), ("--prompt-tokens", promptTokens != nil)]
            .filter(\.1).map(\.0)
        guard given.count < 2 else {
            throw Failure(.usage, "'\(given[0])' and '\(given[1])' exclude each other: each says what is asked.")
        }
        if let prompts { return try Suite(PromptFile(path: prompts)) }
        guard let promptTokens else { return nil }
        return Suite(
            SyntheticPrompts(
                prompt: try promptTokens.length(in: SyntheticPrompts.promptTokensAllowed, "--prompt-tokens"),
                output: try (outputTokens ?? TokenLength(mean: 128, deviation: 0))
                    .length(in: SyntheticPrompts.outputTokensAllowed, "--output-tokens")))
    }
}

extension RunSettings.PrefixCache: ExpressibleByArgument {}

/// A number of tokens, `512`, or a mean with a standard deviation, `512±64` or `512+-64`.
struct TokenLength: ExpressibleByArgument {
    var mean: Int
    var deviation: Int

    init(mean: Int, deviation: Int) { (self.mean, self.deviation) = (mean, deviation) }

    init?(argument: String) {
        let parts = argument.replacing("+-", with: "±").split(separator: "±", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count, (1...2).contains(numbers.count) else { return nil }
        self.init(mean: numbers[0], deviation: numbers.count > 1 ? numbers[1] : 0)
    }

    /// - Throws: `Failure` naming the option and its limits.
    func length(in allowed: ClosedRange<Int>, _ option: String) throws -> SyntheticPrompts.Length {
        SyntheticPrompts.Length(
            try Limits.within(allowed, mean, option),
            deviation: try Limits.within(0...mean, deviation, "\(option) ±"))
    }
}
