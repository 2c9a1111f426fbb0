import Foundation
import Synchronization

/// A server on a free port of 127.0.0.1 that gives canned answers over real sockets, one connection a request.
public final class StubServer: Sendable {
    public struct Request: Sendable {
        public var method: String
        /// With the query.
        public var path: String
        public var headers: [String: String]
        public var body: String
    }

    public enum Answer: Sendable {
        case json(String, status: Int = 200)
        case text(String, status: Int = 200, type: String = "text/plain", server: String? = nil)
        /// The connection stays open and silent.
        case silence
        /// The connection is closed.
        case hangUp
    }

    public let port: UInt16
    private let listener: Int32
    private let answer: @Sendable (Request) -> Answer?
    private let state = Mutex<(requests: [Request], silent: [Int32])>(([], []))

    /// Every request so far, as `GET /path`.
    public var requests: [String] { received.map { "\($0.method) \($0.path)" } }
    /// Every request so far.
    public var received: [Request] { state.withLock { $0.requests } }

    /// A request that the closure does not know is answered with 404 and plain text.
    public init(answer: @escaping @Sendable (Request) -> Answer?) throws {
        self.answer = answer
        (listener, port) = try Self.listen()
        let listener = self.listener
        Thread.detachNewThread { [weak self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                // A program that another test starts meanwhile would keep the connection open.
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                guard let self else {
                    close(connection)
                    break
                }
                Thread.detachNewThread { self.serve(connection) }
            }
            // Here and not in deinit: this thread might accept once more, on a socket that has got the number meanwhile.
            close(listener)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))  // ends accept
        state.withLock { $0.silent }.forEach { close($0) }
    }

    /// A port on which nothing listens, nor will: it stays bound for as long as the tests run.
    public static func closedPort() throws -> UInt16 { try bound(backlog: nil).port }

    private func serve(_ connection: Int32) {
        guard let request = Self.read(connection) else {
            close(connection)
            return
        }
        state.withLock { $0.requests.append(request) }
        switch answer(request) ?? .text("No mapping for \(request.method) \(request.path)", status: 404) {
        case .silence:
            state.withLock { $0.silent.append(connection) }
        case .hangUp: close(connection)
        case .json(let body, let status):
            Self.write(connection, status, "application/json", nil, body)
        case .text(let body, let status, let type, let server):
            Self.write(connection, status, type, server, body)
        }
    }

    /// A client that hung up must not end the process by SIGPIPE; macOS has no flag for it.
    #if os(Linux)
    private static let sendFlags = Int32(MSG_NOSIGNAL)
    #else
    private static let sendFlags: Int32 = 0
    #endif

    private static func write(_ connection: Int32, _ status: Int, _ type: String, _ server: String?, _ body: String) {
        let name = server.map { "Server: \($0)\r\n" } ?? ""
        let text =
            "HTTP/1.1 \(status) Stub\r\n\(name)Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(body)"
        _ = Array(text.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Self.sendFlags) }
        close(connection)
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let lines = text[..<end.lowerBound].split(separator: "\r\n")
            let first = lines[0].split(separator: " ")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            }
            let body = text[end.upperBound...]
            if body.utf8.count < headers["content-length"].flatMap({ Int($0) }) ?? 0 { continue }
            return Request(method: String(first[0]), path: String(first[1]), headers: headers, body: String(body))
        }
    }

    private static func listen() throws -> (listener: Int32, port: UInt16) { try bound(backlog: 64) }

    /// A socket on a free port, which listens when there is a backlog.
    private static func bound(backlog: Int32?) throws -> (listener: Int32, port: UInt16) {
        #if os(Linux)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, length) | (backlog.map { Foundation.listen(listener, $0) } ?? 0)
                    | getsockname(listener, name, &length)
            }
        }
        guard code == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}
