/// What requests are to keep to, levels that are chosen for it, and how precise the figures are to be.
extension RunSettings {
    mutating func takeGoals(from object: JSONDocument.Object) throws(SuiteError) {
        if let limits = try object.optionalObject("slo") { objective = try Objective(limits, of: object) }
        try takeSweep(from: object)
        if let share = try object.optionalNumber("min_precision", in: Self.precisionAllowed) {
            guard sweep == nil else {
                throw object.error(
                    "min_precision", "stands beside a sweep: a level that is cut short may hide a growing queue")
            }
            minPrecision = share
        }
        let most = max(iterations, 1)...Self.iterationsAllowed.upperBound
        if let limit = try object.optionalInteger("max_iterations", in: most) {
            guard minPrecision != nil else {
                throw object.error("max_iterations", "is for 'min_precision': give that too")
            }
            iterationsLimit = limit
        }
        if let objective, !streaming, objective.ttft != nil || objective.tpot != nil {
            throw object.error("slo", "has a limit of what is not known of a whole answer: only 'latency' is")
        }
    }

    private mutating func takeSweep(from object: JSONDocument.Object) throws(SuiteError) {
        if let over = try object.optionalChoice("sweep", of: Sweep.Over.allCases.map(\.rawValue)) {
            for other in ["concurrency", "rate"] where object.has(other) {
                throw object.error("sweep", "stands beside '\(other)': a sweep chooses the levels itself")
            }
            guard let objective else {
                throw object.error("sweep", "needs an objective to keep: give 'slo' too")
            }
            sweep = Sweep(over: Sweep.Over(rawValue: over) ?? .rate, objective: objective)
            if duration == nil, !object.has("iterations") { duration = Sweep.usualDuration }
        }
        if let objective { sweep?.objective = objective }
        if let levels = try object.optionalInteger("sweep_levels", in: Sweep.levelsAllowed) {
            guard sweep != nil else { throw object.error("sweep_levels", "is for a sweep: give 'sweep' too") }
            sweep?.levels = levels
        }
    }
}

extension Objective {
    public static let millisecondsAllowed = 0.001...86_400_000
    public static let shareAllowed = 0.01...1.0

    /// `ttft`, `tpot` and `latency` in ms, and `share`.
    ///
    /// - Parameter owner: the object that has it.
    fileprivate init(_ limits: JSONDocument.Object, of owner: JSONDocument.Object) throws(SuiteError) {
        func limit(_ name: String) throws(SuiteError) -> Duration? {
            try limits.optionalNumber(name, in: Self.millisecondsAllowed).map { .nanoseconds(Int64($0 * 1e6)) }
        }
        self.init(ttft: try limit("ttft"), tpot: try limit("tpot"), latency: try limit("latency"))
        if let value = try limits.optionalNumber("share", in: Self.shareAllowed) { share = value }
        try limits.refuseUnknown()
        guard ttft != nil || tpot != nil || latency != nil else {
            throw owner.error("slo", "has no limit: give 'ttft', 'tpot' or 'latency', in ms")
        }
    }
}
