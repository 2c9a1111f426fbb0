import Foundation
import Orchestrator
import Resources

/// How many models are to be measured at once.
public enum Parallelism: Sendable, Equatable {
    /// As many as there is room for, each on a server that is known to have them side by side.
    case automatic
    /// So many, whatever becomes of it.
    case count(Int)
    /// As many as in the run that is repeated.
    case again(Int)
}

extension RunPlan {
    /// A model that is not loaded yet takes so many times the size of its files: the cache of its prompts comes to them.
    static let memoryBesideFiles = 1.25

    /// The plan with so many models measured at once, and what there is to say about that among its warnings.
    ///
    /// Left to itself it measures the models of one server at once only where all of them are in memory already, and only when
    /// those that have to be loaded on this host fit into its free memory; of a model whose size is not known nobody can say so.
    /// Asks the servers which of the models are loaded.
    func measuring(_ parallelism: Parallelism) async -> RunPlan {
        var plan = self
        let offers = await Self.offers(of: models)
        if case .count(let count) = parallelism {
            plan.settings.parallelModels = count
        } else {
            plan.oneAtATime = Self.crowded(offers)
            let places = Set(models.map(\.backend.endpoint)).reduce(0) { sum, endpoint in
                sum + (plan.oneAtATime.contains(endpoint) ? 1 : models.count { $0.backend.endpoint == endpoint })
            }
            if case .again(let count) = parallelism {
                plan.settings.parallelModels = min(count, places)
                if places < min(count, models.count) {
                    plan.warnings.append(
                        """
                        \(count) models were measured at once in the run that is repeated, now at most \(places): a server \
                        that is to serve several has not all of them loaded.
                        """)
                }
            }
            if case .automatic = parallelism {
                plan.settings.parallelModels = min(places, RunSettings.parallelModelsAllowed.upperBound)
                if let reason = Self.reasonAgainst(offers, places, freeMemory: Self.freeMemory) {
                    plan.settings.parallelModels = 1
                    plan.warnings.append("The models are measured one after another: \(reason)")
                }
            }
        }
        if plan.measuresTogether {
            plan.warnings.append(
                """
                \(plan.modelsAtOnce) models are measured at once: they take processor time, memory and bandwidth from one another, \
                so their figures are not those of a model alone.
                """)
        }
        return plan
    }

    /// The plan with what its settings say about models and servers held against those that it has.
    ///
    /// - Parameter parallelism: nil for what the settings say.
    public func prepared(_ parallelism: Parallelism? = nil) async -> RunPlan {
        let recorded = settings.parallelModels > 1 ? Parallelism.again(settings.parallelModels) : nil
        let plan = warningOfUnloadable()
        guard let parallelism = parallelism ?? recorded else { return plan }
        return await plan.measuring(parallelism)
    }

    /// The plan with a sentence for each server that can't do what `unloadBetween` asks for.
    func warningOfUnloadable() -> RunPlan {
        guard settings.unloadBetween else { return self }
        var plan = self
        var told: Set<Endpoint> = []
        for backend in models.map(\.backend) where !backend.capabilities.unload {
            guard told.insert(backend.endpoint).inserted else { continue }
            plan.warnings.append(
                "\(backend.kind.displayName) at \(backend.endpoint) cannot unload a model on request: what it has loaded stays loaded."
            )
        }
        return plan
    }

    /// A model as its server tells of it now.
    struct Offer: Sendable {
        var alias: String
        var endpoint: Endpoint
        var isLoaded: Bool
        var sizeBytes: UInt64?
    }

    private static func offers(of models: [PlannedModel]) async -> [Offer] {
        var offers: [Offer] = []
        for model in models {
            let offered = try? await model.backend.model(model.identity.modelID)
            let size = offered?.sizeBytes ?? (model.identity.hasSizeBytes ? model.identity.sizeBytes : nil)
            offers.append(
                Offer(
                    alias: model.identity.alias, endpoint: model.backend.endpoint,
                    // A server that says of no model whether it is loaded serves those that it lists.
                    isLoaded: offered?.isLoaded ?? !model.backend.capabilities.load, sizeBytes: size))
        }
        return offers
    }

    /// Servers of several of the models, not all of which they have in memory: they might drop one to load another.
    static func crowded(_ offers: [Offer]) -> Set<Endpoint> {
        Set(
            Dictionary(grouping: offers, by: \.endpoint).filter {
                $0.value.count > 1 && !$0.value.allSatisfy(\.isLoaded)
            }
            .keys)
    }

    /// Why no two models are to be measured at once; nil when two can be.
    static func reasonAgainst(_ offers: [Offer], _ places: Int, freeMemory: UInt64?) -> String? {
        let anyway = "'--parallel-models \(offers.count)' measures them at once all the same."
        guard offers.count > 1 else { return "there is only one." }
        guard places > 1 else {
            return "\(offers[0].endpoint) serves them all, and has not all of them loaded. Load them first; \(anyway)"
        }
        let toLoad = offers.filter { !$0.isLoaded && $0.endpoint.isLoopback }
        guard !toLoad.isEmpty else { return nil }
        if let unknown = toLoad.first(where: { $0.sizeBytes == nil }) {
            return "its server does not tell how much memory \(unknown.alias) takes. Load it first; \(anyway)"
        }
        guard let freeMemory else { return "this host does not tell how much memory is free. \(anyway)" }
        let needed = Double(toLoad.reduce(0) { $0 + ($1.sizeBytes ?? 0) }) * memoryBesideFiles
        guard needed <= Double(freeMemory) else {
            return
                "loading them takes some \(gigabytes(needed)) of memory, and \(gigabytes(Double(freeMemory))) are free. \(anyway)"
        }
        return nil
    }

    private static func gigabytes(_ bytes: Double) -> String {
        (bytes / 1e9).formatted(.number.precision(.fractionLength(1)).locale(.init(identifier: "en_US_POSIX"))) + " GB"
    }

    /// Bytes that can be had without swapping; nil where that can't be read.
    private static var freeMemory: UInt64? {
        var sampler = ResourceSampler()
        guard let total = HostDescription.read().memoryBytes, let used = sampler.read().memoryUsedBytes else {
            return nil
        }
        return total - min(used, total)
    }
}
