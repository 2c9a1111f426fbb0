import Foundation
import ProjectionKit

/// One run as the product shows it: the original's columns, then ours.
public struct RunRow: Codable, Sendable, Hashable {
    public var id: String
    public var suite_name: String
    public var model_ids: [String]
    public var config: RunConfigRow
    @Nullable public var hardware_info: HardwareRow?
    public var status: Status
    /// ms since the epoch.
    @Nullable public var started_at: Int64?
    @Nullable public var completed_at: Int64?
    public var created_at: Int64
    public var model_aliases: [String]

    public var suite_version: String
    public var suite_digest: String
    public var scenarios: [String]
    /// Why it did not complete; null when it did or is not over.
    @Nullable public var reason: String?
    /// Measured against the built-in simulator.
    public var simulated: Bool
    /// The tool it was imported from; null for our own.
    @Nullable public var origin: String?
    /// The set whose figures fill the original's columns.
    public var formula_set: String
    /// Requests planned, warm-up and cool-down included; null when that is not known.
    @Nullable public var planned_samples: UInt64?
    /// Requests recorded, warm-up and cool-down included.
    public var samples: UInt64
    /// Those of them that failed, in whatever way.
    public var failed_samples: UInt64
    /// Those of them that were never sent, as too many were in flight.
    public var shed_samples: UInt64
    /// Models that gave no figures: skipped, or every request failed.
    public var failed_phases: Int
    public var phases: [PhaseRow]
    /// What a sweep came to, a row per model and scenario; empty when none has ended.
    public var sweeps: [SweepRow]
    /// Of flperf, when it measured.
    @Nullable public var software_version: String?
    /// The schedule that it belongs to; null when to none.
    @Nullable public var schedule_id: String?
    /// When the schedule meant it to start, ms since the epoch.
    @Nullable public var due_at: Int64?
    /// What may have spoilt the measurement, as it was found at the start or noticed by the end.
    public var warnings: [String]
    /// When it was deleted, ms since the epoch; null when it is not.
    @Nullable public var deleted_at: Int64?
    /// The log that the run was recorded in.
    public var source: String
    public var first_position: UInt64
    /// Of the run's last event, resource readings left out.
    public var last_position: UInt64

    /// Where the run stands. The first three are the original's words.
    public enum Status: String, Codable, Sendable, CaseIterable {
        case running, completed, failed, cancelled, interrupted
    }

    /// How far it has come.
    ///
    /// - Unit: percent of the planned samples, 0–100; nil when that is not known.
    public var progress: Int? {
        if status == .completed { return 100 }
        guard let planned_samples, planned_samples > 0 else { return nil }
        return min(100, Int(samples * 100 / planned_samples))
    }
}

/// One model's part of a run.
public struct PhaseRow: Codable, Sendable, Hashable {
    public var model_id: String
    public var alias: String
    /// The exact name that was measured.
    public var model_name: String
    public var backend: String
    @Nullable public var endpoint: String?
    public var status: Status
    @Nullable public var reason: String?
    /// Null when the server was not asked.
    @Nullable public var server: ServerFigures?

    public enum Status: String, Codable, Sendable, CaseIterable {
        case waiting, running, completed, failed, skipped
    }
}

/// What a sweep came to on one model and scenario.
public struct SweepRow: Codable, Sendable, Hashable {
    public var model_id: String
    public var scenario: String
    /// The most requests per second at which the objective was kept; null when it never was, and in a closed loop.
    @Nullable public var knee_rate: Double?
    /// The most requests in flight at which the objective was kept; null when it never was, and in an open loop.
    @Nullable public var knee_concurrency: Int?
    /// Why it ended, in sentences.
    public var reason: String
}

/// A run's configuration in the original's units: ms, and one number where one will do.
public struct RunConfigRow: Codable, Sendable, Hashable {
    /// Null when `duration` limits the requests. With `min_precision`, the fewest.
    @Nullable public var iterations: Int?
    /// Null in an open loop, and when a sweep chose the levels.
    @Nullable public var concurrency: Levels?
    @Nullable public var timeout: Int64?
    @Nullable public var temperature: Double?
    public var streaming: Bool
    public var warmup: Int
    @Nullable public var first_token_timeout: Int64?
    @Nullable public var max_tokens: Int?
    @Nullable public var seed: UInt64?
    public var keep_output: Bool
    /// Requests per second of an open loop's levels; null in a closed loop, and when a sweep chose them.
    @Nullable public var rate: [Double]?
    /// `poisson`, `constant` or `recorded`; null in a closed loop.
    @Nullable public var arrivals: String?
    /// Most requests that an open loop may have in flight.
    @Nullable public var max_in_flight: Int?
    /// ms that measured requests are started, per scenario and level; null when `iterations` limits them.
    @Nullable public var duration: Int64?
    public var cooldown: Int
    /// What was done about the server's cache of prompts' beginnings: `defeat` or `keep`; null when that is not known.
    @Nullable public var cache: String?
    /// `reused` or `fresh`, one for each request; null when that is not known.
    @Nullable public var connections: String?
    /// A level goes on until the 95 % intervals of its TTFT and throughput are at most so wide: half of one by its value, 0–1.
    /// Null where `iterations` or `duration` alone limit it.
    @Nullable public var min_precision: Double?
    /// With `min_precision`: measured requests of a level at most.
    @Nullable public var iterations_limit: Int?
    /// ms that the load of each level rises to what it is to be; null when it does not.
    @Nullable public var ramp: Int64?
    @Nullable public var objective: ObjectiveRow?
    @Nullable public var sweep: SweepConfigRow?
    @Nullable public var trace: TraceRow?
    /// Models that were measured at the same time; 1 for one after another.
    public var parallel_models: Int
    /// Whether each model was unloaded when its part was over.
    public var unload_between: Bool
    /// How often each server that stopped answering was started again, at most.
    public var restart_on_failure: Int

    /// One level is written as a number, several as a list.
    public enum Levels: Codable, Sendable, Hashable {
        case one(Int)
        case several([Int])

        public init(_ levels: [Int]) { self = levels.count == 1 ? .one(levels[0]) : .several(levels) }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let level = try? container.decode(Int.self) {
                self = .one(level)
            } else {
                self = .several(try container.decode([Int].self))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .one(let level): try container.encode(level)
            case .several(let levels): try container.encode(levels)
            }
        }
    }
}

/// What a request must keep to in order to count as good.
public struct ObjectiveRow: Codable, Sendable, Hashable {
    /// ms to the first token; null when it does not count.
    @Nullable public var ttft: Double?
    /// ms per output token after the first; null when it does not count.
    @Nullable public var tpot: Double?
    /// ms to the end of the answer; null when it does not count.
    @Nullable public var latency: Double?
    /// Of the requests, 0 to 1.
    public var share: Double
}

/// Load levels that were chosen while the run went on.
public struct SweepConfigRow: Codable, Sendable, Hashable {
    /// `rate` or `concurrency`.
    public var over: String
    /// At most so many, per model and scenario.
    public var levels: Int
}

/// The record of requests that a run repeated.
public struct TraceRow: Codable, Sendable, Hashable {
    /// The file's, without its folder; null when a run was repeated.
    @Nullable public var name: String?
    /// `sha256:<hex>` of the file.
    @Nullable public var digest: String?
    /// The run that was repeated; null when it was a file.
    @Nullable public var run_id: String?
    /// Requests whose starts were repeated; 0 in a closed loop.
    public var requests: Int
    public var speed: Double
}

/// The machine a run was made on, in the original's shape.
public struct HardwareRow: Codable, Sendable, Hashable {
    public struct CPU: Codable, Sendable, Hashable {
        @Nullable public var manufacturer: String?
        @Nullable public var brand: String?
        @Nullable public var cores: Int?
        @Nullable public var physicalCores: Int?
    }
    public struct Memory: Codable, Sendable, Hashable {
        /// "24 GB", as the original writes it.
        @Nullable public var total: String?
        @Nullable public var total_bytes: UInt64?
    }
    public struct GPU: Codable, Sendable, Hashable {
        @Nullable public var model: String?
        @Nullable public var vram: String?
    }
    public struct OS: Codable, Sendable, Hashable {
        @Nullable public var platform: String?
        @Nullable public var distro: String?
        @Nullable public var release: String?
        @Nullable public var arch: String?
    }
    public var cpu: CPU
    public var memory: Memory
    @Nullable public var gpu: GPU?
    public var os: OS
    /// "what: why it could not be read".
    @Nullable public var unavailable: [String]?
}
