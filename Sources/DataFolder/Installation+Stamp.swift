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
            case .schedules: try tables.live(SchedulesProjection.self, in: transaction).add(to: &stamp, in: transaction)
            // Those of the machines that are followed here too.
            case .models:
                for log in logs {
                    try tables.live(ModelsProjection.self, of: log, in: transaction).add(to: &stamp, in: transaction)
                }
            case .logs:
                for log in logs {
                    try tables.live(LogsProjection.self, of: log, in: transaction).add(to: &stamp, in: transaction)
                }
            case .runs:
                for log in logs {
                    try tables.live(RunsProjection.self, of: log, in: transaction).add(nil, to: &stamp, in: transaction)
                }
            case .results:
                for log in logs {
                    try tables.live(ResultsProjection.self, of: log, in: transaction)
                        .add(nil, to: &stamp, in: transaction)
                }
            case .run(let id):
                for log in logs {
                    try tables.live(RunsProjection.self, of: log, in: transaction).add(id, to: &stamp, in: transaction)
                    try tables.live(ResultsProjection.self, of: log, in: transaction)
                        .add(id, to: &stamp, in: transaction)
                }
            }
            return stamp
        }.value
    }
}
