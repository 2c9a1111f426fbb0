import EventStore
import Foundation

/// Which NATS servers, and how one gets in.
public struct NATSAddress: Sendable, Equatable {
    /// `nats://host:4222`, one for each server of a cluster that is known beforehand; the others are told by the first.
    public var servers: [String]
    /// A file with a user's credentials as NATS's tools write it; nil when none are needed.
    public var credentials: String?

    /// Reads `nats://host:4222[,…]`.
    ///
    /// - Throws: `FleetError.badAddress`, which repeats no password.
    public init(_ text: String, credentials: String? = nil) throws(FleetError) {
        servers = text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        self.credentials = credentials
        for server in servers {
            guard let url = URL(string: server), ["nats", "tls"].contains(url.scheme), url.host?.isEmpty == false else {
                throw .badAddress(Self.withoutUser(server))
            }
        }
    }

    /// The servers in words, without names and passwords of users.
    public var text: String { servers.map(Self.withoutUser).joined(separator: ", ") }

    private static func withoutUser(_ server: String) -> String {
        guard let at = server.lastIndex(of: "@") else { return server }
        let scheme = server.range(of: "://").map { server[..<$0.upperBound] } ?? ""
        return String(scheme + server[server.index(after: at)...])
    }
}

/// What came: a copy of a message's bytes, and what its headers say of it.
struct NATSMessage: Sendable {
    /// The last part of the subject that it came to, after the last dot.
    var tail: String
    var data: [UInt8]
    /// The status of a message that a server made, such as 404; nil of any other.
    var status: Int?
    /// `Nats-Sequence`: the sequence of a stored message that was asked for.
    var sequence: UInt64?
}

/// A connection to one of the servers; to another one when that goes away.
///
/// Every call blocks for at most as long as it says. Used by one thread at a time.
final class NATSConnection {
    /// natsStatus of nats.h: an answer did not come in time.
    private static let timedOut: Int32 = 26
    private static let bytesWaiting = Int32(256 << 20)

    let address: NATSAddress
    private let library: NATSLibrary
    private let handle: OpaquePointer

    /// - Throws: `FleetError.noLibrary`, `.unreachable`.
    init(_ address: NATSAddress) throws(FleetError) {
        self.address = address
        library = try NATSLibrary.shared.get()
        let options = try Self.options(address, library)
        var connection: OpaquePointer?
        let status = library.connect(&connection, options)
        library.freeOptions(options)
        guard status == 0, let connection else {
            throw .unreachable(address.text, Self.text(status, library))
        }
        handle = connection
    }

    deinit { library.disconnect(handle) }

    /// The largest message that the server takes, in bytes.
    var maxPayload: Int { Int(library.maxPayload(handle)) }

    private static func options(_ address: NATSAddress, _ library: NATSLibrary) throws(FleetError) -> OpaquePointer {
        var made: OpaquePointer?
        guard library.makeOptions(&made) == 0, let options = made else { throw .noLibrary("it has no memory") }
        let texts = address.servers.map { strdup($0) }
        defer { for text in texts { free(text) } }
        var servers: [UnsafePointer<CChar>?] = texts.map { UnsafePointer($0) }
        var status = library.setServers(options, &servers, Int32(servers.count))
        // For as long as it takes: whoever uses the connection has limits of its own.
        if status == 0 { status = library.setMaxReconnect(options, -1) }
        if status == 0 { status = library.setReconnectWait(options, Int64(FleetLimits.retryPause / .milliseconds(1))) }
        if status == 0 { status = library.setTimeout(options, Int64(FleetLimits.requestTime / .milliseconds(1))) }
        if status == 0 { status = library.setErrorHandler(options, { _, _, _, _ in }, nil) }
        if status == 0, let file = address.credentials { status = library.setCredentials(options, file, nil) }
        guard status == 0 else {
            library.freeOptions(options)
            throw .unreachable(address.text, text(status, library))
        }
        return options
    }

    private static func text(_ status: Int32, _ library: NATSLibrary) -> String {
        library.statusText(status).map { String(cString: $0).lowercased() } ?? "status \(status)"
    }

    /// Asks and waits for the one answer.
    ///
    /// - Throws: `FleetError.unreachable` when none comes.
    func request(_ subject: String, _ data: [UInt8] = []) throws(FleetError) -> NATSMessage {
        var answer: OpaquePointer?
        let status = data.withUnsafeBytes {
            library.request(
                &answer, handle, subject, $0.baseAddress, Int32($0.count),
                Int64(FleetLimits.requestTime / .milliseconds(1)))
        }
        guard status == 0, let answer else {
            throw .unreachable(address.text, Self.text(status, library))
        }
        return take(answer)
    }

    /// Sends a message off; what becomes of it is told to `reply`.
    func publish(
        _ subject: String, reply: String, headers: [(String, String)] = [], _ data: [UInt8]
    ) throws(FleetError) {
        var made: OpaquePointer?
        var status = data.withUnsafeBytes {
            library.makeMessage(&made, subject, reply, $0.baseAddress, Int32($0.count))
        }
        guard status == 0, let message = made else { throw .unreachable(address.text, "no memory") }
        defer { library.freeMessage(message) }
        for (name, value) in headers where status == 0 { status = library.setHeader(message, name, value) }
        if status == 0 { status = library.publish(handle, message) }
        guard status == 0 else { throw .unreachable(address.text, Self.text(status, library)) }
    }

    /// What comes to the subjects under a prefix of its own, from now on.
    func inbox() throws(FleetError) -> Inbox {
        let prefix = "_INBOX.\(UUID().uuidString.filter { $0 != "-" })"
        var made: OpaquePointer?
        let status = library.subscribe(&made, handle, prefix + ".*")
        guard status == 0, let subscription = made else {
            throw .unreachable(address.text, Self.text(status, library))
        }
        _ = library.setPendingLimits(subscription, -1, Self.bytesWaiting)
        return Inbox(self, prefix, subscription)
    }

    private func take(_ message: OpaquePointer) -> NATSMessage {
        defer { library.freeMessage(message) }
        let subject = library.subject(message).map { String(cString: $0) } ?? ""
        let data = UnsafeRawBufferPointer(
            start: library.data(message), count: Int(library.dataLength(message)))
        return NATSMessage(
            tail: String(
                subject[(subject.lastIndex(of: ".").map { subject.index(after: $0) } ?? subject.startIndex)...]),
            data: Array(data), status: header("Status", of: message).flatMap { Int($0) },
            sequence: header("Nats-Sequence", of: message).flatMap { UInt64($0) })
    }

    private func header(_ name: String, of message: OpaquePointer) -> String? {
        var value: UnsafePointer<CChar>?
        return library.header(message, name, &value) == 0 ? value.map { String(cString: $0) } : nil
    }

    /// Answers to what was published.
    final class Inbox {
        /// An answer is to go to `prefix.<anything>`.
        let prefix: String
        private let connection: NATSConnection
        private let subscription: OpaquePointer

        fileprivate init(_ connection: NATSConnection, _ prefix: String, _ subscription: OpaquePointer) {
            (self.connection, self.prefix, self.subscription) = (connection, prefix, subscription)
        }

        deinit { connection.library.unsubscribe(subscription) }

        /// The next message; nil when none comes in that time.
        func next(within time: Duration) throws(FleetError) -> NATSMessage? {
            var message: OpaquePointer?
            let wait = max(1, Int64(time / .milliseconds(1)))
            let status = connection.library.nextMessage(&message, subscription, wait)
            if status == NATSConnection.timedOut { return nil }
            guard status == 0, let message else {
                throw .unreachable(connection.address.text, NATSConnection.text(status, connection.library))
            }
            return connection.take(message)
        }
    }
}
