import Streaming

extension OpenAIBased {
    func health() async -> Health { await health(at: nil) }

    /// What came of a real request: an open port proves nothing.
    ///
    /// - Parameter path: the server's own address for its health; nil asks for its models.
    func health(at path: String?) async -> Health {
        do throws(BackendError) {
            guard let path else {
                let count = try await models().count
                return Health(.answering, "\(endpoint) answers and lists \(count) model\(count == 1 ? "" : "s").")
            }
            let outcome = try await exchange.answer("GET", path)
            if let error = exchange.problem(with: outcome, asking: "GET \(path)", limit: HTTPExchange.questionLimit) {
                throw error
            }
            return Health(.answering, "\(endpoint) answers its health check.")
        } catch {
            return await health(after: error)
        }
    }

    /// What an error of a request means for the server, and what to do.
    private func health(after error: BackendError) async -> Health {
        switch error.code {
        case .notReady: return Health(.starting, error.description)
        case .missingKey: return Health(.locked, error.description)
        case .unreachable:
            guard await isClaimedToRun() else { return Health(.notListening, "\(error) \(startAdvice)") }
            return Health(
                .refusing,
                "\(kind.displayName)'s own command says that it runs at \(endpoint), but no connection comes about there. "
                    + "Start it again with '\(restarter.joined(separator: " "))'.")
        case .hungUp, .timedOut: return Health(.refusing, "\(error) End it if so. \(startAdvice)")
        default: return Health(.refusing, error.description)
        }
    }

    private var startAdvice: String {
        starter.isEmpty ? "Start it again." : "Start it with '\(starter.joined(separator: " "))'."
    }

    /// The words that start it when its own command takes it for running.
    var restarter: [String] {
        kind == .foundryLocalLegacy ? ["foundry", "service", "restart"] : starter
    }

    /// Whether Foundry Local's command names this very address as the one where the service listens.
    private func isClaimedToRun() async -> Bool {
        guard [.foundryLocal, .foundryLocalLegacy].contains(kind), endpoint.isLoopback else { return false }
        let status = await FoundryCommand(environment: server.environment).status(of: kind)
        return status.isRunning != false
            && status.addresses.contains {
                (try? Endpoint($0)).map { $0.isLoopback && $0.port == endpoint.port } ?? false
            }
    }
}
