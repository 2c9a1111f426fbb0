import Events

/// Load levels that are chosen while a run goes on, to find the knee: the most load at which an objective is kept.
public struct Sweep: Sendable, Equatable {
    /// What rises from level to level.
    public enum Over: String, Sendable, CaseIterable {
        /// Open loop: requests per second.
        case rate
        /// Closed loop: requests in flight.
        case concurrency
    }

    public var over: Over
    public var objective: Objective
    /// Most levels that are measured, per model and scenario.
    public var levels = Self.usualLevels

    public static let usualLevels = 10
    public static let levelsAllowed = 2...100
    /// How long each level is when nothing else is said: a count that does for one stream is soon over at a high rate.
    public static let usualDuration: Duration = .seconds(10)

    public init(over: Over, objective: Objective, levels: Int = Self.usualLevels) {
        self.over = over
        self.objective = objective
        self.levels = levels
    }

    /// As it is kept with the run.
    var recorded: Events.Sweep {
        .with {
            $0.over = over == .rate ? .rate : .concurrency
            $0.objective = objective.recorded
            $0.levels = UInt32(levels)
        }
    }

    /// As it was kept with a run; nil when there was none, or one over something that is not known here.
    init?(_ recorded: Events.Sweep) {
        switch recorded.over {
        case .rate: over = .rate
        case .concurrency: over = .concurrency
        default: return nil
        }
        objective = Objective(recorded.objective)
        levels = Int(recorded.levels)
    }
}

/// Where a run's load levels come from.
public enum LevelSource: Sendable, Equatable {
    /// A list, measured in its order.
    case list([LoadLevel])
    /// Each follows from how those before it went.
    case sweep(Sweep)
}
