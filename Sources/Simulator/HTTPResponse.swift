/// A whole response.
struct HTTPResponse: Sendable {
    var status = 200
    var type = "application/json"
    var body = ""

    /// What the server calls itself, so that discovery can tell it from a real one.
    static let serverName = "flperf-simulator"

    static func json(_ value: JSON, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, body: value.text)
    }

    static func text(_ body: String, status: Int = 200, type: String = "text/plain") -> HTTPResponse {
        HTTPResponse(status: status, type: type, body: body)
    }

    func bytes(keepsAlive: Bool) -> [UInt8] {
        Array((Self.head(status: status, type: type, length: body.utf8.count, keepsAlive: keepsAlive) + body).utf8)
    }

    /// A nil length is a chunked body.
    static func head(status: Int, type: String, length: Int?, keepsAlive: Bool, more: [String] = []) -> String {
        let size = length.map { "Content-Length: \($0)" } ?? "Transfer-Encoding: chunked"
        let lines =
            [
                "HTTP/1.1 \(status) \(reasons[status] ?? "Status")", "Server: \(serverName)", "Content-Type: \(type)",
                size,
                "Connection: \(keepsAlive ? "keep-alive" : "close")",
            ] + more
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// One piece of a chunked body.
    static func frame(_ text: String) -> [UInt8] {
        Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8)
    }

    /// One piece of a chunked body, a text between bytes that are ready.
    static func frame(_ start: [UInt8], _ text: String, _ end: [UInt8]) -> [UInt8] {
        let count = start.count + text.utf8.count + end.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 16)
        bytes.append(contentsOf: String(count, radix: 16).utf8)
        bytes.append(contentsOf: lineEnd)
        bytes.append(contentsOf: start)
        bytes.append(contentsOf: text.utf8)
        bytes.append(contentsOf: end)
        bytes.append(contentsOf: lineEnd)
        return bytes
    }

    private static let lineEnd = Array("\r\n".utf8)

    /// The end of a chunked body.
    static let lastFrame = Array("0\r\n\r\n".utf8)

    private static let reasons = [
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
        413: "Content Too Large", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
        503: "Service Unavailable",
    ]
}
