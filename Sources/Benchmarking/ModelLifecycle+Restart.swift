import Events
import Orchestrator

extension ModelLifecycle {
    /// Starts the model's server again; leaves alone one that answers.
    ///
    /// - Parameters:
    ///   - command: the user's own, given to `/bin/sh`; nil for the server's command line tool.
    ///   - reason: why, a sentence for the record.
    /// - Returns: the model at the server's new address, and how long it took until it answered; nil when it answered already.
    /// - Throws: `BackendError`, which is recorded unless this kind of server can't be started from here; what `record` throws.
    public func restart(command: String?, reason: String) async throws -> (model: ModelLifecycle, took: Duration?) {
        guard await ![.answering, .locked].contains(backend.health().state) else {
            try await look()
            return (self, nil)
        }
        let start = ContinuousClock.now
        do {
            let server = try await backend.restart(command: command)
            var moved = identity
            moved.endpoint = server.endpoint.description
            let took = ContinuousClock.now - start
            let next = ModelLifecycle(moved, on: server, record: record)
            try await record(
                .modelServerRestarted(
                    .with {
                        $0.modelID = identity.id
                        $0.endpoint = identity.endpoint
                        $0.newEndpoint = next.identity.endpoint
                        $0.succeeded = true
                        $0.reason = reason
                        $0.durationNs = took.wholeNanoseconds
                    }))
            try await next.look()
            return (next, took)
        } catch let error as BackendError where error.code != .unsupported {
            try await record(
                .modelServerRestarted(
                    .with {
                        $0.modelID = identity.id
                        $0.endpoint = identity.endpoint
                        ($0.reason, $0.detail) = (reason, error.description)
                        $0.durationNs = (ContinuousClock.now - start).wholeNanoseconds
                    }))
            throw error
        }
    }
}
