import Foundation

extension OpenAIBased {
    func restart(command: String?) async throws(BackendError) -> any Backend {
        try await restart(command: command, patience: .seconds(60))
    }

    /// - Parameter patience: how long it may take to answer after the command that starts it has ended; one that goes on, as
    ///   a server in the foreground does, may take as long as a model may take to load.
    func restart(command: String?, patience: Duration) async throws(BackendError) -> any Backend {
        if let found = await found() { return found }
        let before = await health()
        switch before.state {
        case .answering, .locked: return self
        case .starting: return try await answering(startedBy: nil, as: "it was starting", patience: patience)
        case .notListening, .refusing: break
        }
        let (process, words) = try start(command, before.state)
        guard let process else { throw notStarted("'\(words)' can't be run") }
        return try await answering(startedBy: process, as: "'\(words)' was run", patience: patience)
    }

    /// Runs the command; the process is nil when that can't be done.
    private func start(
        _ command: String?, _ state: Health.State
    ) throws(BackendError) -> (process: DetachedProcess?, words: String) {
        if let command {
            return (Subprocess.startDetached("/bin/sh", ["-c", command], environment: server.environment), command)
        }
        var words = state == .refusing ? restarter : starter
        guard let name = words.first else {
            throw .unsupported(
                kind, endpoint, "be started from here",
                instead: "It takes a model and options of yours: give the whole command that starts it.")
        }
        guard endpoint.isLoopback else {
            throw .unsupported(
                kind, endpoint, "be started from here",
                instead: "It is on another machine: give a command that starts it there.")
        }
        guard let program = Subprocess.program(name, in: server.environment) else {
            throw .unsupported(
                kind, endpoint, "be started from here",
                instead: "Its command '\(name)' is not in PATH: put it there, or give the command that starts it.")
        }
        var environment = server.environment
        switch kind {
        case .lmStudio: words += ["--port", "\(endpoint.port)"]
        case .ollama: environment["OLLAMA_HOST"] = endpoint.description
        default: break
        }
        let process = Subprocess.startDetached(program, Array(words.dropFirst()), environment: environment)
        return (process, words.joined(separator: " "))
    }

    /// Waits until it answers.
    private func answering(
        startedBy process: DetachedProcess?, as cause: String, patience: Duration
    ) async throws(BackendError) -> any Backend {
        let start = ContinuousClock.now
        var ended: ContinuousClock.Instant?
        while true {
            if let found = await found() { return found }
            let state = await health().state
            if let status = process?.status {
                guard status == 0 else { throw notStarted("\(cause) and ended with status \(status)") }
                ended = ended ?? .now
            }
            let isOver =
                if let ended, state != .starting { ContinuousClock.now >= ended + patience } else {
                    ContinuousClock.now >= start + HTTPExchange.loadLimit
                }
            if isOver { throw notStarted("\(cause), and it does not answer: \(await health().detail)") }
            do {
                try await Task.sleep(for: .milliseconds(250))
            } catch {
                throw notStarted("\(cause), and the wait for it was called off")
            }
        }
    }

    /// This server, if it answers: Foundry Local may do so at another address than before.
    private func found() async -> (any Backend)? {
        let discovery = Discovery(client: exchange.client, environment: server.environment)
        if let there = try? await discovery.identify(endpoint), there.kind == kind, await there.health().healthy {
            return there
        }
        guard [.foundryLocal, .foundryLocalLegacy].contains(kind), endpoint.isLoopback else { return nil }
        return await discovery.look().found.first { $0.backend.kind == kind }?.backend
    }

    private func notStarted(_ reason: String) -> BackendError {
        let text = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
        return BackendError(.notStarted, "Could not start \(kind.displayName) at \(endpoint): \(text).")
    }
}
