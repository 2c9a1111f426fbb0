import Events
import Orchestrator
import Streaming

/// The servers of a run: where each is now, and how often it was started again. Several phases may share one.
actor RunServers {
    /// A server as it was found: after another restart it may be elsewhere.
    struct Place: Sendable {
        var backend: any Backend
        /// Attempts of the run to start it again, up to now.
        var attempts = 0
    }

    /// An attempt to start a server again.
    struct Attempt: Sendable {
        var number: Int
        var outcome: Result<any Backend, BackendError>
        var duration: Duration
    }

    private struct Server {
        var place: Place
        var starting: Task<Attempt, Never>?
    }
    private var servers: [Endpoint: Server] = [:]
    private let limit: Int
    private let commands: [Endpoint: String]

    /// - Parameters:
    ///   - limit: attempts to start a server again, each server by itself.
    ///   - commands: the user's own ones for it.
    init(_ models: [PlannedModel], limit: Int, commands: [Endpoint: String]) {
        self.limit = limit
        self.commands = commands
        for model in models { servers[model.backend.endpoint] = Server(place: Place(backend: model.backend)) }
    }

    /// Where the server is now that was planned to be at this endpoint.
    func place(of endpoint: Endpoint) -> Place { servers[endpoint]!.place }

    /// Servers that were started again, by the endpoint that was planned.
    var startedAgain: [(endpoint: Endpoint, attempts: Int)] {
        servers.filter { $0.value.place.attempts > 0 }.map { ($0.key, $0.value.place.attempts) }
            .sorted { $0.endpoint.description < $1.endpoint.description }
    }

    /// Has a server answer again that was gone when it was seen at `seen`: starts it, unless another phase has done so since.
    ///
    /// - Parameter recorded: is given each attempt of this call's own.
    /// - Returns: where it is now; or why it did not start, nil when it was not tried, as it had been started often enough.
    func revive(
        _ endpoint: Endpoint, seen: Place, recorded: @Sendable (Attempt) async throws -> Void
    ) async throws -> (place: Place?, reason: String?) {
        var known = seen.attempts
        var reason: String?
        while !Task.isCancelled {
            if let starting = servers[endpoint]!.starting {
                // Another phase has found the same: its attempt counts for both.
                let attempt = await starting.value
                known = attempt.number
                switch attempt.outcome {
                case .success: return (servers[endpoint]!.place, nil)
                case .failure(let error): reason = error.description
                }
                continue
            }
            let place = servers[endpoint]!.place
            if place.attempts > known { return (place, nil) }
            guard place.attempts < limit else { break }
            let attempt = await start(endpoint, number: place.attempts + 1)
            try await recorded(attempt)
            known = attempt.number
            switch attempt.outcome {
            case .success: return (servers[endpoint]!.place, nil)
            case .failure(let error):
                reason = error.description
                if error.code == .unsupported { return (nil, reason) }
            }
        }
        return (nil, reason)
    }

    private func start(_ endpoint: Endpoint, number: Int) async -> Attempt {
        let (backend, command) = (servers[endpoint]!.place.backend, commands[endpoint])
        servers[endpoint]!.place.attempts = number
        // Several phases may wait for it, so it is a task of its own; the run's end cancels it.
        let task = Task {
            let start = ContinuousClock.now
            let outcome: Result<any Backend, BackendError>
            do throws(BackendError) {
                let backend = try await backend.restart(command: command)
                servers[endpoint]!.place.backend = backend
                outcome = .success(backend)
            } catch {
                outcome = .failure(error)
            }
            servers[endpoint]!.starting = nil
            return Attempt(number: number, outcome: outcome, duration: ContinuousClock.now - start)
        }
        servers[endpoint]!.starting = task
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
