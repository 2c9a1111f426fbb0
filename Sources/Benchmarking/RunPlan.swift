import Streaming
import Events
import Orchestrator

/// One run to be carried out: whole copies of everything that its figures will depend on.
public struct RunPlan: Sendable {
    public var runID: String
    public var suite: Suite
    /// Those of the suite's scenarios that are run, in its order.
    public var scenarios: [Suite.Scenario]
    public var models: [PlannedModel]
    public var settings: RunSettings
    /// Whether the built-in simulator is measured.
    public var simulated: Bool
    public var label: String

    /// A run of these scenarios on these models. A model or a load level that is given twice is measured once: its samples
    /// would land in one result.
    public init(
        runID: String, suite: Suite, scenarios: [Suite.Scenario], models: [PlannedModel], settings: RunSettings,
        simulated: Bool = false, label: String = ""
    ) {
        self.runID = runID
        self.suite = suite
        self.scenarios = scenarios
        var seen: Set<String> = []
        self.models = models.filter { seen.insert($0.identity.id).inserted }
        self.settings = settings
        var levels: Set<Int> = []
        self.settings.concurrency = settings.concurrency.filter { levels.insert($0).inserted }
        var rates: Set<UInt64> = []
        self.settings.rates = settings.rates.filter { rates.insert(LoadLevel.rate($0).rateMillionths).inserted }
        self.simulated = simulated
        self.label = label
    }

    /// Requests to be made in all, warm-up and cool-down included; nil when time limits them.
    public var plannedSamples: Int? {
        guard settings.duration == nil else { return nil }
        return models.count * scenarios.count
            * settings.levels.reduce(0) { $0 + settings.warmup + settings.requests(at: $1) + settings.cooldown }
    }
}

/// A model and the server that serves it.
public struct PlannedModel: Sendable {
    public var identity: ModelIdentity
    public var backend: any Backend

    public init(identity: ModelIdentity, backend: any Backend) {
        self.identity = identity
        self.backend = backend
    }
}

extension RunSettings {
    /// The load levels, in the order in which they are measured.
    public var levels: [LoadLevel] {
        rates.isEmpty ? concurrency.map(LoadLevel.concurrency) : rates.map(LoadLevel.rate)
    }

    /// Measured requests at a load level: at least as many as are in flight at once, or the level would not be reached.
    func requests(at level: LoadLevel) -> Int { max(iterations, Int(level.concurrency)) }

    /// What ends the measured requests at a load level.
    func limit(at level: LoadLevel) -> LoadLimit { duration.map(LoadLimit.duration) ?? .count(requests(at: level)) }

    /// As it is kept with the run.
    public var recorded: RunConfiguration {
        .with {
            if let duration { $0.durationNs = duration.wholeNanoseconds } else { $0.iterations = UInt32(iterations) }
            if rates.isEmpty {
                $0.concurrency = concurrency.map(UInt32.init)
            } else {
                $0.ratesMillionths = levels.map(\.rateMillionths)
                $0.arrivals = arrivals == .poisson ? .poisson : .constant
                $0.maxInFlight = UInt32(maxInFlight)
            }
            $0.warmup = UInt32(warmup)
            $0.cooldown = UInt32(cooldown)
            $0.timeoutNs = timeout.wholeNanoseconds
            if let firstTokenTimeout { $0.firstTokenTimeoutNs = firstTokenTimeout.wholeNanoseconds }
            if let temperature { $0.temperature = temperature }
            if let seed { $0.seed = seed }
            $0.streaming = streaming
            $0.keepOutput = keepOutput
            if let maxTokens { $0.maxTokens = UInt32(maxTokens) }
            $0.resourceIntervalNs = resourceInterval.wholeNanoseconds
        }
    }
}

extension RunPlan {
    /// The run's first event: what was asked for.
    public var requested: RunRequested {
        .with {
            $0.runID = runID
            $0.suiteName = suite.name
            $0.suiteVersion = suite.version
            $0.suiteDescription = suite.description
            $0.suiteDigest = suite.digest
            $0.scenarios = scenarios.map(\.recorded)
            $0.configuration = settings.recorded
            $0.models = models.map(\.identity)
            $0.simulated = simulated
            $0.label = label
        }
    }
}

extension Suite.Scenario {
    /// As it is kept with the run.
    var recorded: Events.Scenario {
        .with {
            $0.name = name
            $0.description_p = description
            $0.promptText = prompt
            if let maxTokens { $0.maxTokens = UInt32(maxTokens) }
            $0.systemPromptText = systemPrompt
            $0.expectedOutputLength = expectedOutputLength
        }
    }
}
