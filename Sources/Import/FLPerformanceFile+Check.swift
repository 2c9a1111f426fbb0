extension FLPerformanceFile {
    /// Where a number stands that nothing measured can be, and that would not fit into nanoseconds; nil when there is none.
    var impossibleNumber: String? {
        for model in models?.elements ?? []
        where !Self.areTimes(model.created_at, model.last_heartbeat) || !Self.isUpTo(1e12, model.modelSize) {
            return "model '\(model.id)'"
        }
        for run in benchmark_runs?.elements ?? []
        where !Self.areTimes(run.started_at, run.created_at, run.completed_at, run.config?.timeout) {
            return "run '\(run.id)'"
        }
        for result in benchmark_results?.elements ?? []
        where !Self.areTimes(result.created_at) || !(result.raw_data?.iterations ?? []).allSatisfy(\.isPossible) {
            return "result '\(result.id)'"
        }
        for log in logs?.elements ?? [] where !Self.areTimes(log.created_at) { return "log line '\(log.message)'" }
        return nil
    }

    /// Milliseconds from the epoch to the year 2096.
    private static func areTimes(_ times: Int64?...) -> Bool {
        times.allSatisfy { $0.map { (0...4_000_000_000_000).contains($0) } ?? true }
    }

    fileprivate static func isUpTo(_ limit: Double, _ value: Double?) -> Bool { value.map { abs($0) <= limit } ?? true }
}

extension FLPerformanceFile.Iteration {
    fileprivate var isPossible: Bool {
        let delays = interTokenDelays?.reduce(0) { $0 + abs($1) }
        return [startTime, endTime, ttft, tokens, delays].allSatisfy { FLPerformanceFile.isUpTo(2e12, $0) }
    }
}
