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
        self.simulated = simulated
        self.label = label
    }

    /// Requests to be made in all, warm-up included.
    public var plannedSamples: Int {
        models.count * scenarios.count
            * settings.concurrency.reduce(0) { $0 + settings.warmup + settings.requests(at: $1) }
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
    /// Measured requests at a load level: at least as many as are in flight at once, or the level would not be reached.
    public func requests(at concurrency: Int) -> Int { max(iterations, concurrency) }

    /// As it is kept with the run.
    public var recorded: RunConfiguration {
        .with {
            $0.iterations = UInt32(iterations)
            $0.concurrency = concurrency.map(UInt32.init)
            $0.warmup = UInt32(warmup)
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
