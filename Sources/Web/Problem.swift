import Foundation
import Hummingbird

/// A failure as a client gets it: an RFC 9457 problem document, which also carries the original's `error`.
struct Problem: Error, Sendable {
    var status: HTTPResponse.Status
    var title: String
    /// What could not be done, to what, why, and what to do.
    var detail: String

    static func notFound(_ detail: String) -> Problem { Problem(status: .notFound, title: "Not found", detail: detail) }
    static func badRequest(_ detail: String) -> Problem {
        Problem(status: .badRequest, title: "Bad request", detail: detail)
    }
}

extension Problem: HTTPResponseError {
    private struct Document: Encodable {
        var type = "about:blank"
        var title: String
        var status: Int
        var detail: String
        var error: String
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let document = Document(title: title, status: status.code, detail: detail, error: detail)
        return try .json(document, status: status, type: "application/problem+json")
    }
}

extension Response {
    /// A value as JSON, keys sorted.
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, type: String = "application/json; charset=utf-8"
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(status: status, headers: [.contentType: type], bytes: try [UInt8](encoder.encode(value)))
    }

    init(status: HTTPResponse.Status, headers: HTTPFields, bytes: [UInt8]) {
        var headers = headers
        headers[.contentLength] = "\(bytes.count)"
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
