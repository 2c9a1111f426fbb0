import Events

/// What a file of another tool holds, as events to be appended: one stream each, whole or not at all.
public struct ImportedHistory: Sendable {
    /// One stream's events, in order, each with an id that follows from the source, so that a second import adds nothing.
    public struct Stream: Sendable {
        public var stream: StreamID
        /// What a person calls it: a model's alias, a run's id.
        public var name: String
        public var events: [(id: EventID, event: Event)]
    }

    public var models: [Stream] = []
    public var runs: [Stream] = []
    /// For the system's stream.
    public var logs: [(id: EventID, event: Event)] = []
    /// What was left out or is not known, and why.
    public var notes: [String] = []

    /// The sets that give back the figures of the tools that measured the runs.
    public var formulaSets: Set<String> {
        Set(
            runs.flatMap(\.events).compactMap { _, event in
                if case .runImported(let imported) = event { imported.formulaSet } else { nil }
            })
    }
}

/// Why a file could not be imported. Nothing of it is in the log then.
public enum ImportError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case notStorage(path: String, reason: String)
    /// Of a known tool, but of no use.
    case unusable(path: String, reason: String)
    /// Of no tool that is known.
    case unknown(path: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "Could not read \(path): \(reason)."
        case .notStorage(let path, let reason):
            "Could not import \(path): \(reason). A storage.json of FLPerformance is expected: an object with models, "
                + "benchmark_runs, benchmark_results and logs."
        case .unusable(let path, let reason): "Could not import \(path): \(reason)."
        case .unknown(let path):
            "Could not import \(path): it is JSON, but of no tool that flperf knows. It reads FLPerformance's storage.json and benchmarks.db, "
                + "GuideLLM's benchmarks.json, the result of 'vllm bench serve --save-result --save-detailed', AIPerf's "
                + "profile_export.jsonl, and what 'llama-bench -o json' or '-o jsonl' prints."
        }
    }
}
