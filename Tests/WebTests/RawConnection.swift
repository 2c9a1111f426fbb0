import Foundation
import Testing

/// A connection that says exactly the bytes that it is told, and hears whatever comes.
final class RawConnection: Sendable {
    let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(code == 0, "could not connect: \(String(cString: strerror(errno)))")
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// - Returns: false when the other side takes nothing more.
    @discardableResult func send(_ bytes: some Collection<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// What comes next; empty when the other side has closed, or said nothing for half a minute.
    func next() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Everything until these words have come or the other side has closed.
    func receive(until words: String? = nil) async -> String {
        await onThreadOfItsOwn {
            var all: [UInt8] = []
            while true {
                let part = self.next()
                all += part
                // They are in what has just come, or across its beginning.
                let new = all.suffix(part.count + (words?.utf8.count ?? 0))
                if part.isEmpty || words.map({ String(decoding: new, as: UTF8.self).contains($0) }) == true { break }
            }
            return String(decoding: all, as: UTF8.self)
        }
    }
}

/// Does what blocks: the threads of Swift's pool and of Dispatch are few, and the service itself answers on them.
func onThreadOfItsOwn<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}

extension WebTests.Served {
    /// An answer with all its fields.
    struct Whole {
        var status: Int
        /// By their names in lower case.
        var headers: [String: String]
        var body: String

        /// Of the text of a response, without chunked coding.
        init(_ text: String) {
            let parts = text.components(separatedBy: "\r\n\r\n")
            let lines = parts[0].components(separatedBy: "\r\n")
            status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            let fields = lines.dropFirst().compactMap { line -> (String, String)? in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                return (line[..<colon].lowercased(), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
            }
            headers = Dictionary(fields) { $1 }
            body = parts.dropFirst().joined(separator: "\r\n\r\n")
        }

        var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) ?? [:]
        }
    }

    /// One request over a connection of its own, with all that comes back.
    func ask(
        _ method: String, _ path: String, _ headers: [(String, String)] = [], _ body: String = ""
    ) async throws -> Whole {
        let connection = try RawConnection(port: port)
        var fields = headers + [("Connection", "close")]
        if !headers.contains(where: { $0.0 == "Host" }) { fields.append(("Host", "127.0.0.1:\(port)")) }
        if !body.isEmpty {
            fields += [("Content-Type", "application/json"), ("Content-Length", "\(body.utf8.count)")]
        }
        let head = "\(method) \(path) HTTP/1.1\r\n" + fields.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
        let bytes = Array((head + body).utf8)
        await onThreadOfItsOwn { _ = connection.send(bytes) }
        return Whole(await connection.receive())
    }
}
