import Crypto
import Foundation

/// A benchmark suite: the scenarios to measure and the settings it proposes.
public struct Suite: Sendable, Equatable {
    public var name: String
    public var version: String
    public var description: String
    public var scenarios: [Scenario]
    public var defaults: RunSettings
    /// `sha256:<hex>` of the file's bytes, and of those of its prompt files behind them, so that a result says exactly what it
    /// measured.
    public var digest: String
}

extension Suite {
    /// Reads a suite file: the format of the original, with more kinds of prompts (see `Scenario`), `system_prompt` and more
    /// settings as additions: `warmup`, `cooldown`, `seed`, `cache`, a list of `concurrency` levels or `rate` (requests/s, with
    /// `arrivals` and `max_in_flight`), `duration` and `ramp` (ms).
    ///
    /// - Parameter readFile: gives the bytes of a prompt file that the suite names, by the path that stands there.
    /// - Throws: `SuiteError` naming file, line, column and what was expected there. A key that is not read is refused.
    public init(
        json bytes: [UInt8], file: String, readFile: (String) throws(SuiteError) -> PromptFile = Self.noFile
    ) throws(SuiteError) {
        var hash = SHA256()
        hash.update(data: bytes)
        let root = try JSONDocument(bytes, file: file).root.object()
        let name = try root.string("name", "the suite's name")
        let version = try root.string("version", default: "1")
        let description = try root.string("description", default: "")
        var scenarios: [Scenario] = []
        let list = try root.array("scenarios", "a list of at least one scenario")
        guard !list.isEmpty else { throw root.error("scenarios", "must hold at least one scenario, found none") }
        for element in list {
            let scenario = try Scenario(element) { (path) throws(SuiteError) in
                let file = try readFile(path)
                hash.update(data: file.bytes)
                return file
            }
            guard !scenarios.contains(where: { $0.name == scenario.name }) else {
                throw element.error(
                    "scenario '\(scenario.name)' stands here a second time; each needs a name of its own")
            }
            scenarios.append(scenario)
        }
        var defaults = RunSettings()
        if let settings = try root.optionalObject("default_config") {
            try defaults.take(from: settings)
            try settings.refuseUnknown()
        }
        try root.refuseUnknown()
        self.init(
            name: name, version: version, description: description, scenarios: scenarios, defaults: defaults,
            digest: Self.inWords(hash.finalize()))
    }

    /// What reads no file: for suites that name none.
    public static func noFile(_ path: String) throws(SuiteError) -> PromptFile {
        throw .unreadable(path: path, reason: "a suite that is no file can't name another")
    }

    /// A suite of one scenario that takes the prompts of a file in turn, each once unless other iterations are asked for.
    public init(_ file: PromptFile) throws(SuiteError) {
        let prompts = try file.prompts()
        let name = URL(fileURLWithPath: file.path).deletingPathExtension().lastPathComponent
        var settings = RunSettings()
        settings.iterations = min(prompts.count, RunSettings.iterationsAllowed.upperBound)
        self.init(
            name: name, version: "1", description: "", scenarios: [Scenario(name: name, prompts: .several(prompts))],
            defaults: settings, digest: Self.inWords(SHA256.hash(data: file.bytes)))
    }

    /// A suite of one scenario with synthetic prompts.
    public init(_ synthetic: SyntheticPrompts) {
        self.init(
            name: "synthetic", version: "1", description: "Prompts of common words, made for each request.",
            scenarios: [Scenario(name: synthetic.inWords, prompts: .synthetic(synthetic))], defaults: RunSettings(),
            digest: Self.inWords(
                SHA256.hash(data: Data("\(synthetic.inWords)\n\(SyntheticPrompt.words.joined(separator: " "))".utf8))))
    }

    private static func inWords(_ digest: SHA256Digest) -> String {
        "sha256:" + digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The scenarios of these names, in the suite's order; all of them when no name is given.
    ///
    /// - Throws: `SuiteError` naming the first unknown one and those there are.
    public func scenarios(named names: [String]) throws(SuiteError) -> [Scenario] {
        guard !names.isEmpty else { return scenarios }
        for name in names where !scenarios.contains(where: { $0.name == name }) {
            throw .unknownScenario(name, suite: self.name, known: scenarios.map(\.name))
        }
        return scenarios.filter { names.contains($0.name) }
    }
}
