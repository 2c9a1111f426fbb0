import Events
import Orchestrator
import Streaming

extension Runner {
    /// Takes note of how a request of a phase ended. Once several in a row have found nobody, the server is asked for its health;
    /// when it is gone it is started again as often as the plan allows, or the phase ends.
    func watch(_ error: ErrorClass, _ phase: Phase) async throws {
        guard phase.server.take(error) else { return }
        let place = phase.server.place
        let health = await place.backend.health()
        // One that hangs or still starts up is no other to its users than a slow one.
        guard [.notListening, .refusing].contains(health.state), !Task.isCancelled else {
            return phase.server.answers()
        }
        let reason = "Its server stopped answering. \(health.detail)"
        guard plan.settings.restartOnFailure > 0 else {
            return phase.server.isGone(reason)
        }
        phase.server.startsAgain()
        do {
            switch try await revive(phase.model, seen: place, reason) {
            case .success(let place): try await loadAgain(phase, place)
            case .failure(let gone): phase.server.isGone(gone.reason)
            }
        } catch {
            phase.server.isGone("\(error)")
            throw error
        }
    }

    /// Why a server stays away.
    struct Gone: Error {
        var reason: String
    }

    /// Starts a server again that is gone, each attempt an event of the model's.
    ///
    /// - Throws: what `emit` throws.
    func revive(
        _ model: ModelIdentity, seen place: RunServers.Place, _ reason: String
    ) async throws -> Result<RunServers.Place, Gone> {
        let endpoint = place.backend.endpoint
        let emit = self.emit
        let runID = plan.runID
        let revived = try await servers.revive(plannedEndpoint(of: model), seen: place) { attempt in
            let event = ModelServerRestarted.with {
                ($0.modelID, $0.endpoint, $0.runID) = (model.id, endpoint.description, runID)
                ($0.reason, $0.attempt) = (reason, UInt32(attempt.number))
                switch attempt.outcome {
                case .success(let backend):
                    ($0.succeeded, $0.newEndpoint) = (true, backend.endpoint.description)
                    $0.durationNs = attempt.duration.wholeNanoseconds
                case .failure(let error): $0.detail = error.description
                }
            }
            try await emit(.model(model.id, .modelServerRestarted(event)))
            switch attempt.outcome {
            case .success(let backend):
                try await emit(
                    .log(
                        .warn, runID,
                        "\(model.alias): \(reason) It was started again (attempt \(attempt.number)) and answers at \(backend.endpoint)."
                    ))
            case .failure(let error):
                try await emit(.log(.error, runID, "\(model.alias): \(reason) It could not be started again: \(error)"))
            }
        }
        if let place = revived.place { return .success(place) }
        let limit = plan.settings.restartOnFailure
        let why = revived.reason ?? "it was started again \(limit == 1 ? "once" : "\(limit) times") already"
        return .failure(Gone(reason: "\(reason) It could not be started again: \(why)"))
    }

    /// Has the phase's model in memory of a server that was started again, and lets its requests go on.
    private func loadAgain(_ phase: Phase, _ place: RunServers.Place) async throws {
        if place.backend.capabilities.load {
            var identity = phase.model
            identity.endpoint = place.backend.endpoint.description
            do {
                let loaded = try await lifecycle(of: identity, on: place.backend).load().identity
                guard loaded.servedName == phase.servedName else {
                    return phase.server.isGone(
                        "Its server was started again and then loaded '\(loaded.servedName)' in place of '\(phase.servedName)'."
                    )
                }
            } catch let error as BackendError {
                return phase.server.isGone("Its server was started again, but the model did not load: \(error)")
            }
        }
        phase.server.isBack(at: place)
    }

    /// What is done with a model on its server, each step an event.
    func lifecycle(of identity: ModelIdentity, on backend: any Backend) -> ModelLifecycle {
        let emit = self.emit
        return ModelLifecycle(identity, on: backend) { try await emit(.model(identity.id, $0)) }
    }

    /// Frees the memory that a measured model took, where the run was asked to and the server can.
    func unload(_ phase: Phase) async throws {
        guard plan.settings.unloadBetween, phase.backend.capabilities.unload, phase.server.reasonGone == nil,
            !Task.isCancelled
        else { return }
        do {
            _ = try await lifecycle(of: phase.model, on: phase.backend).unload()
        } catch let error as BackendError {
            try await emit(.log(.warn, plan.runID, "\(phase.model.alias) could not be unloaded: \(error)"))
        }
    }

    /// The address that a server had when the run was planned: what it is known by.
    func plannedEndpoint(of model: ModelIdentity) -> Endpoint {
        plan.models.first { $0.identity.id == model.id }!.backend.endpoint
    }
}
