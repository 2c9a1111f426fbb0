import Events
import Foundation
import Streaming

/// Something that happened during a run, and whose stream it belongs to.
public enum Measurement: Sendable {
    /// Of the run.
    case run(Event)
    /// A request of the run. The id went out as `X-Request-Id`, and is to be the event's.
    case sample(EventID, InferenceSampled)
    /// Of the model with that id.
    case model(String, Event)
    /// A line for the log: level, the run's id, what to say.
    case log(LogLevel, String, String)
}

/// The instant that a run's times count from, on both clocks.
public struct RunAnchor: Sendable {
    /// Nanoseconds on CLOCK_MONOTONIC of this host.
    public let monotonic: Int64
    /// Nanoseconds since the epoch, UTC, at the same instant.
    public let unix: Int64

    init() {
        monotonic = MonotonicTime.now()
        unix = Int64(Date().timeIntervalSince1970 * 1e9)
    }

    /// Changes with every start of the machine; empty where it can't be read.
    var bootID: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }
}

/// The version that is recorded with every run.
public let softwareVersion = "flperf 0.1.0"

/// How far a run has come.
public struct RunProgress: Sendable {
    public enum Step: Sendable {
        case loading(_ model: String)
        case sampled(_ model: String, _ scenario: String, _ level: LoadLevel, InferenceSampled)
    }

    /// A model that is being measured now.
    public struct UnderWay: Sendable {
        public var model: String
        /// Samples of it so far, warm-up and cool-down included.
        public var done: Int
    }

    public var step: Step
    /// Samples recorded so far, warm-up and cool-down included.
    public var done: Int
    /// Samples planned in all, warm-up and cool-down included; nil when time limits them.
    public var planned: Int?
    /// All models that are being measured at the moment, in the plan's order.
    public var underWay: [UnderWay]

    init(_ step: Step, plan: RunPlan, _ tallies: RunTally) {
        self.step = step
        done = tallies.counts.samples
        planned = plan.plannedSamples
        underWay = tallies.underWay
    }
}
