import Orchestrator
import Resources

extension ServerProcess {
    /// When the server at an address was started.
    ///
    /// - Unit: nanoseconds since the epoch, UTC, to a second.
    /// - Shape: nil when its process is on another host or can't be seen.
    public static func started(at endpoint: Endpoint) -> Int64? {
        guard endpoint.isLoopback else { return nil }
        return ListeningProcess.find(port: endpoint.port).flatMap(ProcessStart.unixNanoseconds)
    }
}
