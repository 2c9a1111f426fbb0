import Dispatch
import Foundation
import Testing

/// An answer as a browser gets it: status, every field, the whole body. Redirects are not followed.
struct PageAnswer: Sendable {
    var status: Int
    /// By their names in lower case.
    var headers: [String: String] = [:]
    var text: String

    var type: String { headers["content-type"] ?? "" }

    /// Reads the bytes of an HTTP/1.1 answer after which the connection was closed.
    init(parsing bytes: [UInt8]) throws {
        let end = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) })
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        status = try #require(Int(lines[0].split(separator: " ")[1]))
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1)
            headers[halves[0].lowercased()] = halves.count > 1 ? halves[1].trimmingCharacters(in: .whitespaces) : ""
        }
        var rest = bytes[(end + 4)...]
        guard headers["transfer-encoding"] == "chunked" else {
            text = String(decoding: rest, as: UTF8.self)
            return
        }
        var body: [UInt8] = []
        while let line = rest.firstIndex(of: 0x0D),
            let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16), size > 0
        {
            body += rest[(line + 2)..<(line + 2 + size)]
            rest = rest[(line + 4 + size)...]
        }
        text = String(decoding: body, as: UTF8.self)
    }
}

extension WebTests.Served {
    /// Asks as a browser does, over a connection of its own.
    ///
    /// - Parameter form: fields of a form, encoded; nil for none.
    func page(
        _ path: String, method: String = "GET", form: String? = nil, headers: [String: String] = [:]
    ) async throws -> PageAnswer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let form {
            head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(form.utf8.count)\r\n"
        }
        let request = Array((head + "\r\n" + (form ?? "")).utf8)
        let port = UInt16(port)
        return try PageAnswer(parsing: await onThreadOfItsOwn { exchange(request, port) })
    }

    /// Sends a form as one of our own pages does.
    func submit(_ path: String, _ form: String = "", headers: [String: String] = [:]) async throws -> PageAnswer {
        let own = ["Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:\(port)"]
        return try await page(path, method: "POST", form: form, headers: own.merging(headers) { $1 })
    }
}

/// Sends bytes and reads until the other side closes.
private func exchange(_ request: [UInt8], _ port: UInt16) -> [UInt8] {
    #if os(Linux)
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
    let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let connected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else { return [] }
    var sent = 0
    while sent < request.count {
        let count = request[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        sent += count
    }
    var answer: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = read(descriptor, &part, part.count)
        guard count > 0 else { return answer }
        answer += part[..<count]
    }
}
