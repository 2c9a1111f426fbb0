import Results

/// Which results are wanted: those that all its parts pick.
public struct ResultFilter: Sendable, Equatable {
    /// Ids of runs; of all when empty.
    public var runs: [String] = []
    /// A model's id, alias or exact name; of all when nil.
    public var model: String?
    /// A suite's name; of all when nil.
    public var suite: String?
    /// Of all when nil.
    public var scenario: String?

    public init(runs: [String] = [], model: String? = nil, suite: String? = nil, scenario: String? = nil) {
        self.runs = runs
        self.model = model
        self.suite = suite
        self.scenario = scenario
    }
}

extension Installation {
    /// The results that a filter picks, with the names of their suites: the newest run first, each in its own order.
    public func results(_ filter: ResultFilter) throws -> Answer<[(row: ResultRow, suite: String)]> {
        let answer = try runs()
        let runs = answer.value.filter { run in
            (filter.runs.isEmpty || filter.runs.contains(run.id))
                && (filter.suite == nil || run.suite_name == filter.suite)
        }
        let found = try runs.flatMap { run in
            try results(run: run.id).value.filter { row in
                (filter.model.map { [row.model_id, row.model_alias, row.model_name].contains($0) } ?? true)
                    && (filter.scenario.map { $0 == row.scenario } ?? true)
            }.map { (row: $0, suite: run.suite_name) }
        }
        return Answer(value: found, position: answer.position)
    }
}
