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
    /// Whether a simulator is measured, the built-in one or one that poses as a server: its figures are settings.
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
        self.simulated = simulated || self.models.contains { $0.backend.isSimulated }
        self.label = label
    }

    /// Requests to be made in all, warm-up and cool-down included; nil when that shows only while the run goes on.
    public var plannedSamples: Int? {
        guard settings.duration == nil, settings.ramp == nil, settings.minPrecision == nil,
            case .list(let levels) = settings.levels
        else { return nil }
        return models.count * scenarios.reduce(0) { $0 + $1.requestsPerIteration }
            * levels.reduce(0) { $0 + settings.warmup + settings.requests(at: $1) + settings.cooldown }
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
