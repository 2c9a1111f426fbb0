import Streaming
import TestSupport

@testable import Orchestrator

extension StubServer {
    func endpoint(apiKeyVariable: String? = nil) throws -> Endpoint {
        try Endpoint("http://127.0.0.1:\(port)", apiKeyVariable: apiKeyVariable)
    }
}

/// A server with fixed answers by `GET /path`, and the backend of a kind that asks it.
func withBackend(
    _ kind: BackendKind, _ answers: [String: String], _ body: (any Backend, StubServer) async throws -> Void
) async throws {
    try await withBackend(kind, answer: { answers["\($0.method) \($0.path)"].map { .json($0) } }, body)
}

func withBackend(
    _ kind: BackendKind, answer: @escaping @Sendable (StubServer.Request) -> StubServer.Answer?,
    _ body: (any Backend, StubServer) async throws -> Void
) async throws {
    let server = try StubServer(answer: answer)
    let client = StreamingClient()
    try await body(kind.backend(at: server.endpoint(), using: client), server)
    await client.shutdown()
}

/// The error that an operation gave.
func refusal(_ operation: () async throws(BackendError) -> some Any) async -> BackendError? {
    do throws(BackendError) {
        _ = try await operation()
        return nil
    } catch {
        return error
    }
}
