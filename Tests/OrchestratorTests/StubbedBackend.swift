import Foundation
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
    try await TakingTurns.inTurn {
        let server = try StubServer(answer: answer)
        let client = StreamingClient()
        try await body(kind.backend(at: server.endpoint(), using: client), server)
        await client.shutdown()
    }
}

/// A folder that holds the script as a program of that name.
func withProgram(_ name: String, _ script: String, _ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("program-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try writeProgram(name, script, in: folder)
    try await body(folder.path)
}

func writeProgram(_ name: String, _ script: String, in folder: URL) throws {
    // Closed on exec: a program that another test starts meanwhile would keep the script open for writing, and a
    // script that is being written can't be run.
    let descriptor = open(folder.appendingPathComponent(name).path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o755)
    try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: Data(script.utf8))
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
