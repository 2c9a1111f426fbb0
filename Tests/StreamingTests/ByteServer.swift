import Foundation
import Synchronization

@testable import Streaming

/// A server that says exactly the bytes a test wants, on a free port of loopback: one thread a connection.
final class ByteServer: Sendable {
    #if canImport(Darwin)
    static let host = "127.0.0.1"
    #else
    /// An address of its own, so that nobody who asks for a server that is gone finds this one at its port.
    static let host = "127.0.0.2"
    #endif

    let port: Int
    private let listener: Int32
    private let accepted = Atomic<Int>(0)

    /// How many connections were made to it.
    var connectionCount: Int { accepted.load(ordering: .relaxed) }
    var url: String { "http://\(Self.host):\(port)/v1/chat/completions" }

    /// Serves each connection with `handle`, then closes it.
    init(_ handle: @escaping @Sendable (ByteConnection) -> Void) {
        (listener, port) = Self.listen()
        let thread = Thread { [listener, weak self] in
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                // A program that another test starts meanwhile would keep the connection open.
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                self?.accepted.add(1, ordering: .relaxed)
                Thread.detachNewThread { handle(ByteConnection(descriptor: descriptor)) }
            }
        }
        thread.start()
    }

    /// Answers every request with these bytes and closes.
    convenience init(answering bytes: String) {
        self.init { connection in
            connection.readRequest()
            connection.write(bytes)
        }
    }

    /// Reads each connection's request, does these steps and closes.
    convenience init(doing steps: [Step]) {
        self.init { connection in
            connection.readRequest()
            for step in steps { connection.do(step) }
        }
    }

    /// A port of loopback on which nobody listens.
    static func deadPort() -> Int {
        let (socket, port) = listen()
        close(socket)
        return port
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func listen() -> (socket: Int32, port: Int) {
        #if canImport(Darwin)
        let type = SOCK_STREAM
        #else
        let type = Int32(SOCK_STREAM.rawValue)
        #endif
        let descriptor = socket(AF_INET, type, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(descriptor, $0, length) == 0 && Foundation.listen(descriptor, 512) == 0)
                getsockname(descriptor, $0, &length)
            }
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}

/// One connection to a `ByteServer`; closed when the handler lets go of it.
final class ByteConnection {
    private var descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        close(descriptor)
    }

    /// Reads one request to the end of its body; nil when the client has closed instead.
    @discardableResult
    func readRequest() -> String? {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let field = text.range(of: "content-length: ", options: .caseInsensitive)
                let length = field.map { Int(text[$0.upperBound...].prefix(while: \.isNumber)) ?? 0 } ?? 0
                if text[end.upperBound...].utf8.count >= length { return text }
            }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            bytes += buffer[..<count]
        }
    }

    /// Reads about as much as the headers, and leaves the rest of the request where it is.
    func readHeaders() {
        var byte: UInt8 = 0
        for _ in 0..<100 { recv(descriptor, &byte, 1, 0) }
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            #if canImport(Darwin)
            let flags: Int32 = 0
            #else
            let flags = Int32(MSG_NOSIGNAL)
            #endif
            let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, flags) }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Leaves without a word, as a machine whose power was cut: the client hears neither an end nor a reset. Where only root
    /// may do that, it stays and is silent, which sounds the same.
    func vanish() {
        #if os(Linux)
        var on: Int32 = 1
        let repair: Int32 = 19  // TCP_REPAIR of linux/tcp.h: a socket that is closed in it sends nothing.
        if setsockopt(descriptor, Int32(IPPROTO_TCP), repair, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 {
            close(descriptor)
            descriptor = -1
            return
        }
        #endif
        waitForHangUp()
    }

    func `do`(_ step: Step) {
        switch step {
        case .say(let text): write(text)
        case .sayBytes(let bytes): write(bytes)
        case .spell(let text):
            for byte in text.utf8 { write([byte]) }
        case .pause: usleep(20_000)
        case .stall: waitForHangUp()
        case .reset: reset()
        case .vanish: vanish()
        }
    }

    /// Closes so that the client sees a reset instead of an orderly end.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Foundation.linger>.size))
    }

    /// Waits until the client closes.
    func waitForHangUp() {
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) > 0 {}
    }
}

/// What a server does next.
enum Step: Sendable {
    case say(String)
    case sayBytes([UInt8])
    /// One byte a packet.
    case spell(String)
    /// Long enough for what was said to be read before what comes next.
    case pause
    /// Says nothing more until the client hangs up.
    case stall
    /// Closes with a reset.
    case reset
    case vanish
}

/// Bytes of responses.
enum Wire {
    static func head(_ status: Int = 200, _ type: String = "text/event-stream", _ more: String...) -> String {
        (["HTTP/1.1 \(status) X", "Content-Type: \(type)"] + more).joined(separator: "\r\n") + "\r\n\r\n"
    }

    static func chunked(_ type: String = "text/event-stream") -> String {
        head(200, type, "Transfer-Encoding: chunked")
    }

    static func frame(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    static func whole(_ status: Int, _ type: String, _ body: String, _ more: String...) -> String {
        ([String(head(status, type).dropLast(2)), "Content-Length: \(body.utf8.count)"] + more).joined(
            separator: "\r\n")
            + "\r\n\r\n" + body
    }

    static func delta(_ text: String, finish: String? = nil) -> String {
        let reason = finish.map { "\"\($0)\"" } ?? "null"
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":\(reason)}]}\n\n"
    }
}

/// A request with short limits; a test names only what it is about.
func request(
    _ url: String, body: String = "{}", framing: StreamRequest.Framing = .serverSentEvents,
    total: Duration = .seconds(10), firstToken: Duration? = nil, limit: Int = 1 << 20
) -> StreamRequest {
    StreamRequest(
        url: url, body: Array(body.utf8), framing: framing, totalTimeout: total, firstTokenTimeout: firstToken,
        connectTimeout: .seconds(2), responseByteLimit: limit)
}

/// Performs one request with a client of its own.
func outcome(of request: StreamRequest) async -> StreamOutcome {
    let client = StreamingClient()
    let outcome = await client.perform(request)
    await client.shutdown()
    return outcome
}
