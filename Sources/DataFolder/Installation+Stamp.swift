import Logs
import Models
import ProjectionKit
import Results
import Runs

/// Something that can be asked for again, and may be another then.
public enum Resource: Hashable, Sendable {
    case models, runs, results, logs, schedules
    /// A run with its results and scores.
    case run(String)
}

extension Installation {
    /// A number that changes with whatever changes a resource, and with nothing else.
    public func stamp(of resource: Resource) throws -> Stamp {
        try answer { transaction in
            var stamp = Stamp()
            switch resource {
            case .models: try tables.live(ModelsProjection.self, in: transaction).add(to: &stamp, in: transaction)
            case .schedules: try tables.live(SchedulesProjection.self, in: transaction).add(to: &stamp, in: transaction)
            case .logs: try tables.live(LogsProjection.self, in: transaction).add(to: &stamp, in: transaction)
            case .runs: try tables.live(RunsProjection.self, in: transaction).add(nil, to: &stamp, in: transaction)
            case .results:
                try tables.live(ResultsProjection.self, in: transaction).add(nil, to: &stamp, in: transaction)
            case .run(let id):
                try tables.live(RunsProjection.self, in: transaction).add(id, to: &stamp, in: transaction)
                try tables.live(ResultsProjection.self, in: transaction).add(id, to: &stamp, in: transaction)
            }
            return stamp
        }.value
    }
}
