import EventStore
import Foundation

/// Why events could not be shipped or followed.
public enum FleetError: Error, Sendable, Equatable, CustomStringConvertible, LocalizedError {
    /// The NATS library is not on this machine, or is none.
    case noLibrary(String)
    /// An address is not one of a NATS server.
    case badAddress(String)
    /// No server answers.
    case unreachable(String, String)
    /// A server refuses what was asked of it.
    case refused(String, String)
    /// What lies in a stream is no block of events.
    case damagedBlock(String)
    /// An event that no message of the server can hold.
    case tooLarge(Position, bytes: Int, limit: Int)
    /// The stream's history is not the log's.
    case forked(SourceID, stream: String, reason: String)

    /// What completes a message of the command line.
    public var description: String {
        switch self {
        case .noLibrary(let reason):
            "Could not load the NATS library: \(reason). Install it: 'apt-get install libnats-dev' on Debian and Ubuntu, "
                + "'brew install cnats' on macOS. Nothing else of flperf needs it."
        case .badAddress(let address):
            "'\(address)' is no address of a NATS server: nats://host:4222 is expected, several with commas between."
        case .unreachable(let servers, let reason): "Could not reach NATS at \(servers): \(reason)."
        case .refused(let what, let reason): "Could not \(what): the NATS server says '\(reason)'."
        case .damagedBlock(let reason): "Could not read a block of events: \(reason)."
        case .tooLarge(let position, let bytes, let limit):
            "Could not ship event \(position): it has \(bytes) bytes, and max_payload of the NATS server leaves room for \(limit). "
                + "Raise it in the server's configuration to \(Self.roundedUp(bytes)) or more."
        case .forked(let source, let stream, let reason):
            "The log \(source) and its stream \(stream) have different histories: \(reason). Was the log restored from an old "
                + "backup, or is its data folder in use twice? Nothing is shipped. If this log is the right one, delete the "
                + "stream and ship it anew, and move away what the followers keep of it."
        }
    }

    /// The same sentence, for code that only knows `Error`.
    public var errorDescription: String? { description }

    private static func roundedUp(_ bytes: Int) -> String { "\((bytes + 4096) / (1 << 20) + 1)MB" }
}
