import Simulator
import Streaming

/// A simulated server that answers.
public struct SimulatedServer: Sendable {
    public let port: Int
    private let serving: Task<Void, Never>

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Starts it and waits until it answers: where all tests run at once, its thread may take seconds to come about, and
    /// who looks for servers waits a second.
    public static func start(_ configuration: SimulatorConfiguration) async throws -> SimulatedServer {
        let server = try SimulatedServer(configuration)
        let client = StreamingClient()
        _ = await client.perform(
            StreamRequest(
                url: server.url + "/v1/models", method: "GET", headers: [], framing: .whole, totalTimeout: .seconds(60))
        )
        await client.shutdown()
        return server
    }

    private init(_ configuration: SimulatorConfiguration) throws {
        let simulator = try Simulator(configuration)
        port = simulator.port
        // The task alone holds the simulator, so that the port is closed when it has ended.
        serving = Task { await simulator.run() }
    }

    /// Ends it, as a crash would.
    public func stop() async {
        serving.cancel()
        await serving.value
    }
}

/// Runs a simulated server while the body does. Few tests at a time have one.
public func withSimulator<Result>(
    _ configuration: SimulatorConfiguration, _ body: (SimulatedServer) async throws -> Result
) async throws -> Result {
    try await TakingTurns.inTurn {
        let server = try await SimulatedServer.start(configuration)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }
}
