import Foundation

/// One HTTP/1.1 request, cut out of the bytes that a connection has sent so far.
struct HTTPRequest {
    var method: String
    /// As it came, without the query.
    var path: String
    /// What stands behind the question mark, decoded.
    var query: [String: String] = [:]
    var keepsAlive: Bool
    var requestID: String?
    var body: [UInt8]

    /// The rest of a path that begins so, percent-decoded; nil of any other.
    func rest(of prefix: String) -> String? {
        guard path.hasPrefix(prefix), path.count > prefix.count else { return nil }
        let rest = String(path.dropFirst(prefix.count))
        return rest.removingPercentEncoding ?? rest
    }

    /// Longest head, request line and headers.
    static let headByteLimit = 64 << 10
    /// Longest body.
    static let bodyByteLimit = 64 << 20

    /// What the bytes amount to.
    enum Reading {
        case incomplete
        /// The head has come and its sender waits for leave to send the body.
        case awaitsContinue
        case request(HTTPRequest, length: Int)
        case malformed(status: Int, reason: String)
    }

    /// Reads the request at the start of these bytes.
    static func read(_ bytes: [UInt8]) -> Reading {
        guard let end = headEnd(bytes) else {
            return bytes.count > headByteLimit
                ? .malformed(status: 431, reason: "The headers are too long.") : .incomplete
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: true)
        let start = lines.first?.split(separator: " ") ?? []
        guard start.count == 3, start[2].hasPrefix("HTTP/1.") else {
            return .malformed(status: 400, reason: "The request line is malformed.")
        }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else {
                return .malformed(status: 400, reason: "A header has no colon.")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields[line[..<colon].lowercased()] = String(value)
        }
        guard fields["transfer-encoding"] == nil else {
            return .malformed(status: 411, reason: "Send the body with a Content-Length.")
        }
        guard let length = Int(fields["content-length"] ?? "0"), length >= 0 else {
            return .malformed(status: 400, reason: "Content-Length is not a number.")
        }
        guard length <= bodyByteLimit else { return .malformed(status: 413, reason: "The body is too long.") }
        guard bytes.count >= end + length else {
            let waits = fields["expect"]?.lowercased() == "100-continue" && bytes.count == end
            return waits ? .awaitsContinue : .incomplete
        }
        let connection = fields["connection"]?.lowercased()
        let request = HTTPRequest(
            method: String(start[0]), path: String(start[1].prefix { $0 != "?" }), query: query(of: start[1]),
            keepsAlive: start[2] == "HTTP/1.0" ? connection == "keep-alive" : connection != "close",
            requestID: fields["x-request-id"], body: Array(bytes[end..<end + length]))
        return .request(request, length: end + length)
    }

    private static func query(of target: Substring) -> [String: String] {
        guard let mark = target.firstIndex(of: "?") else { return [:] }
        var query: [String: String] = [:]
        for field in target[target.index(after: mark)...].split(separator: "&") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            query[parts[0]] = parts.count > 1 ? parts[1].removingPercentEncoding ?? parts[1] : ""
        }
        return query
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        var index = 3
        while index < bytes.count {
            if bytes[index] == 10, bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 {
                return index + 1
            }
            index += 1
        }
        return nil
    }
}
