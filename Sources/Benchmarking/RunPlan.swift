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
    /// The user's own commands that start servers again, by where these are now. Never recorded: they may hold secrets.
    public var restartCommands: [Endpoint: String] = [:]
    /// Servers whose models are measured one after another, however many are measured at once elsewhere.
    public var oneAtATime: Set<Endpoint> = []
    /// What about the plan may spoil the figures, or will not be done; sentences for the run's own warnings.
    public var warnings: [String] = []
    /// The schedule that the run belongs to; nil when to none.
    public var occasion: Occasion?

    /// A run of these scenarios on these models. A model or a load level that is given twice is measured once: its samples
    /// would land in one result. Two servers of a host that offer the same model are told apart by their ports.
    public init(
        runID: String, suite: Suite, scenarios: [Suite.Scenario], models: [PlannedModel], settings: RunSettings,
        simulated: Bool = false, label: String = ""
    ) {
        self.runID = runID
        self.suite = suite
        self.scenarios = scenarios
        self.models = Self.distinct(models)
        self.settings = settings
        var levels: Set<Int> = []
        self.settings.concurrency = settings.concurrency.filter { levels.insert($0).inserted }
        var rates: Set<UInt64> = []
        self.settings.rates = settings.rates.filter { rates.insert(LoadLevel.rate($0).rateMillionths).inserted }
        self.simulated = simulated || self.models.contains { $0.backend.isSimulated }
        self.label = label
    }

    private static func distinct(_ models: [PlannedModel]) -> [PlannedModel] {
        var servers: [String: Endpoint] = [:]
        var seen: Set<String> = []
        return models.compactMap { model in
            var model = model
            let endpoint = model.backend.endpoint
            let server = servers[model.identity.id, default: endpoint]
            servers[model.identity.id] = server
            if server != endpoint {
                model.identity.id += "-\(endpoint.port)"
                model.identity.alias += " (\(endpoint.port))"
            }
            return seen.insert(model.identity.id).inserted ? model : nil
        }
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

extension RunPlan {
    /// Models that are measured at once, at most.
    var modelsAtOnce: Int { min(models.count, settings.parallelModels) }

    var measuresTogether: Bool { modelsAtOnce > 1 }

    /// Whether the server of a model may be at work for another one at the same time.
    func sharesServer(_ model: ModelIdentity) -> Bool {
        guard measuresTogether, let own = models.first(where: { $0.identity.id == model.id })?.backend.endpoint else {
            return false
        }
        return !oneAtATime.contains(own) && models.count { $0.backend.endpoint == own } > 1
    }

    /// The model to begin with next, by its place in the plan: the first one whose server is idle, else the first that may
    /// share its server; nil when none may begin now.
    func next(of waiting: [Int], beside underWay: Set<Int>) -> Int? {
        guard underWay.count < max(1, modelsAtOnce) else { return nil }
        let busy = Set(underWay.map { models[$0].backend.endpoint })
        return waiting.first { !busy.contains(models[$0].backend.endpoint) }
            ?? waiting.first { !oneAtATime.contains(models[$0].backend.endpoint) }
    }
}

/// When a schedule meant a run to start.
public struct Occasion: Sendable, Equatable {
    public var scheduleID: String
    /// Nanoseconds since the epoch, UTC.
    public var due: Int64

    public init(scheduleID: String, due: Int64) {
        self.scheduleID = scheduleID
        self.due = due
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
            if let occasion { ($0.scheduleID, $0.dueUnixNs) = (occasion.scheduleID, occasion.due) }
        }
    }
}
