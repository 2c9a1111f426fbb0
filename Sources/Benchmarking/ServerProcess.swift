import Orchestrator
import Resources

/// The process of a model server, where it is on this host.
public struct ServerProcess: Sendable, Equatable {
    /// Where it was looked for.
    let endpoint: Endpoint
    /// Its number; nil when it was not found or is on another host.
    public let id: Int32?
    /// Why its readings will be null; nil when they won't.
    public let unavailable: String?
    /// What about it may spoil a measurement.
    public let warnings: [String]

    /// Looks for the process that listens at a backend's port. Takes some ten milliseconds.
    public init(of backend: any Backend) {
        endpoint = backend.endpoint
        guard endpoint.isLoopback else {
            (id, unavailable, warnings) = (nil, "process: \(endpoint) is not on this host", [])
            return
        }
        guard let found = ListeningProcess.find(port: endpoint.port) else {
            let reason =
                "process: none was found that listens at \(endpoint); another user's, or one in a container, can't be seen"
            (id, unavailable, warnings) = (nil, reason, [])
            return
        }
        id = found
        unavailable = nil
        warnings = MeasurementWarnings.check(server: found, named: backend.kind.displayName)
    }

    /// Those of several backends, each address once.
    static func all(of backends: [any Backend]) -> [ServerProcess] {
        var seen: Set<Endpoint> = []
        return backends.filter { seen.insert($0.endpoint).inserted }.map(ServerProcess.init)
    }
}
