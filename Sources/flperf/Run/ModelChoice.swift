import ArgumentParser
import Benchmarking
import DataFolder
import Events
import Foundation
import Orchestrator
import Simulator
import Streaming

/// What `run` will measure.
struct ChosenModels {
    var models: [PlannedModel]
    /// Running for as long as the run does; nil when real servers are measured.
    var simulator: RunningSimulator?
}

/// Which models are to be measured, and where they are served.
struct ModelChoice {
    /// By alias or exact name; empty for those that are loaded.
    var models: [String]
    /// Empty for the servers that are found.
    var endpoints: [Endpoint]
    /// Whether the built-in simulator is measured, whatever servers there are.
    var simulate = false

    /// Finds the servers and picks the models, or starts the simulator when there is nothing to measure.
    func choose(_ client: StreamingClient) async throws -> ChosenModels {
        if simulate { return try await simulated(client, saying: nil) }
        let discovery = Discovery(client: client)
        var servers: [any Backend] = []
        if endpoints.isEmpty {
            let report = await discovery.look()
            servers = report.found.map(\.backend)
            if servers.isEmpty {
                guard models.isEmpty else {
                    throw Failure(
                        .unreachable,
                        "\(report.nothingFound) So there is no model '\(models[0])'. Start its server, or name it with --endpoint."
                    )
                }
                return try await simulated(client, saying: report.nothingFound)
            }
            for found in report.found {
                Console.error("Found \(found.backend.kind.displayName) at \(found.backend.endpoint).")
            }
        } else {
            for endpoint in endpoints { servers.append(try await discovery.identify(endpoint)) }
        }
        let chosen = try await pick(from: servers)
        for planned in chosen {
            Console.error("Measuring \(planned.identity.modelID) (\(planned.backend.kind.displayName)).")
        }
        return ChosenModels(models: chosen)
    }

    private func pick(from servers: [any Backend]) async throws -> [PlannedModel] {
        var offers: [(backend: any Backend, models: [AvailableModel])] = []
        for backend in servers { offers.append((backend, try await backend.models())) }
        guard models.isEmpty else { return try named(offers) }
        let loaded = offers.flatMap { offer in
            // A server that says of no model whether it is loaded serves those that it lists.
            offer.models.filter { $0.isLoaded ?? !offer.backend.capabilities.load }.map {
                PlannedModel($0, on: offer.backend)
            }
        }
        if !loaded.isEmpty { return loaded }
        let smallest = offers.compactMap { offer in
            offer.models.filter { $0.isDownloaded ?? true }.min {
                ($0.sizeBytes ?? .max, $0.id) < ($1.sizeBytes ?? .max, $1.id)
            }
            .map { PlannedModel($0, on: offer.backend) }
        }
        guard !smallest.isEmpty else {
            throw Failure(
                .failed,
                "The servers found here offer no model: \(servers.map { "\($0.endpoint)" }.joined(separator: ", ")). Load or download one first."
            )
        }
        Console.error(
            "No model is loaded, so the smallest of each server is; name others with --model. `flperf models available` lists them."
        )
        return smallest
    }

    private func named(_ offers: [(backend: any Backend, models: [AvailableModel])]) throws -> [PlannedModel] {
        try models.flatMap { name in
            let found = offers.flatMap { offer in
                offer.models.matching(name).map { PlannedModel($0, on: offer.backend) }
            }
            guard !found.isEmpty else {
                let known = offers.flatMap { $0.models.map(\.id) }
                throw Failure(
                    .failed,
                    "Unknown model '\(name)'. The servers here offer: \(known.prefix(12).joined(separator: ", "))\(known.count > 12 ? " and \(known.count - 12) more" : "")."
                )
            }
            return found
        }
    }

    private func simulated(_ client: StreamingClient, saying reason: String?) async throws -> ChosenModels {
        if let reason { Console.error(reason) }
        Console.error("Measuring the built-in simulator instead: the figures are its settings, not those of a model.")
        let simulator = try RunningSimulator.start(SimulatorConfiguration())
        let endpoint = try Endpoint("http://127.0.0.1:\(simulator.port)")
        let backend = BackendKind.simulator.backend(at: endpoint, using: client)
        let offered = try await backend.models()
        let chosen = models.isEmpty ? offered : models.flatMap { offered.matching($0) }
        guard !chosen.isEmpty else {
            throw Failure(
                .failed,
                "Unknown model '\(models[0])'. The simulator has: \(offered.map(\.id).joined(separator: ", ")).")
        }
        return ChosenModels(models: chosen.map { PlannedModel($0, on: backend) }, simulator: simulator)
    }
}
