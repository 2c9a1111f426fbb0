import Crypto
import DataFolder
import EventStore
import Events
import Foundation
import Hummingbird
import NIOCore
import Synchronization

/// Writes that a client may send again, not knowing whether the first one arrived: the same `Idempotency-Key` gets the same
/// answer, and nothing is done twice.
///
/// An answer is an event whose id comes from the key, so it is known after a restart too. Of the key and the body only
/// digests are kept.
final class IdempotentWrites: Sendable {
    /// Bytes of an answer that are kept. A longer one can't be given again.
    static let answerLimit = 64 << 10

    private let log: EventLog
    private let going = Mutex<Set<EventID>>([])

    init(_ log: EventLog) { self.log = log }

    /// The id that stands for a key; nil when the request has none.
    static func id(of request: Request) throws -> EventID? {
        guard let key = request.headers[.init("Idempotency-Key")!] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw Problem.badRequest("'Idempotency-Key' must have 1 to 255 bytes, found \(key.utf8.count).")
        }
        return EventID(deterministicFrom: "idempotency-key/\(key)")
    }

    /// Does what was asked, unless it was done before.
    func answer(_ id: EventID, _ request: Request, _ handle: (Request) async throws -> Response) async throws
        -> Response
    {
        var request = request
        let body = try await request.bytes()
        request.body = RequestBody(buffer: ByteBuffer(bytes: body))
        let asked = Self.digest("\(request.method.rawValue) \(request.uri.string)\n", body)
        guard going.withLock({ $0.insert(id).inserted }) else {
            throw Problem.conflict("A request with this 'Idempotency-Key' is being answered. Send it again later.")
        }
        defer { going.withLock { _ = $0.remove(id) } }
        if let earlier = try log.event(withID: id) { return try response(of: earlier, asked) }
        let response = try await handle(request)
        guard response.status.kind == .successful else { return response }
        return try await keep(response, id, asked)
    }

    private func keep(_ response: Response, _ id: EventID, _ asked: String) async throws -> Response {
        let bytes = try await response.body.collected()
        var response = response
        response.body = ResponseBody(byteBuffer: bytes)
        guard bytes.readableBytes <= Self.answerLimit else { return response }
        var fields = [
            "request_digest": asked, "status": "\(response.status.code)", "answer": String(buffer: bytes),
        ]
        fields["location"] = response.headers[.location]
        let line = LogRecorded.with {
            $0.level = .debug
            $0.entityType = "service"
            $0.message = "A write with an Idempotency-Key was answered."
            $0.fields = fields
        }
        _ = try await log.append([NewEvent(.logRecorded(line), id: id)], to: .system, expecting: .any)
        return response
    }

    private func response(of earlier: RecordedEvent, _ asked: String) throws -> Response {
        guard case .logRecorded(let line) = earlier.event, let status = line.fields["status"].flatMap({ Int($0) })
        else {
            throw Problem.conflict("This 'Idempotency-Key' was used for something else.")
        }
        guard line.fields["request_digest"] == asked else {
            throw Problem(
                status: .unprocessableContent, title: "Unprocessable content",
                detail: "This 'Idempotency-Key' was used for another request. Use a new key for a new request.")
        }
        var headers: HTTPFields = [
            .contentType: "application/json; charset=utf-8", .init("Idempotency-Replayed")!: "true",
        ]
        headers[.location] = line.fields["location"]
        return Response(status: .init(code: status), headers: headers, bytes: Array((line.fields["answer"] ?? "").utf8))
    }

    private static func digest(_ head: String, _ body: [UInt8]) -> String {
        SHA256.hash(data: Data(head.utf8) + body).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
