import Foundation
import Hummingbird
import NIOCore
import Synchronization

/// What the pages' buttons do: the same writes as programs send, with the same checks and words. A form is one of them in other
/// clothes.
struct PageActions: Sendable {
    /// Answers a request of the interface for programs.
    let answer: @Sendable (Request, BasicRequestContext) async throws -> Response

    /// Sends a write on behalf of a form.
    ///
    /// - Parameters:
    ///   - body: JSON; nil for none.
    ///   - form: the request that brought the form: who sent it, and from where, is checked again.
    /// - Returns: the answer's JSON.
    /// - Throws: `Problem` with the sentence of the one that was given.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: Any? = nil, for form: Request,
        _ context: BasicRequestContext
    ) async throws -> [String: Any] {
        var head = form.head
        head.method = method
        head.path = path
        head.headerFields[.contentType] = "application/json"
        let bytes = try body.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data()
        head.headerFields[.contentLength] = "\(bytes.count)"
        head.headerFields[.transferEncoding] = nil
        let response = try await answer(
            Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: bytes))), context)
        let collector = BodyCollector()
        try await response.body.write(collector)
        let object = try? JSONSerialization.jsonObject(with: Data(collector.bytes.withLock { $0 })) as? [String: Any]
        guard response.status.kind == .successful else {
            throw Problem(
                status: response.status, title: response.status.reasonPhrase,
                detail: object?["error"] as? String ?? "The request could not be answered.")
        }
        return object ?? [:]
    }
}

/// Takes up what a response writes.
private final class BodyCollector: ResponseBodyWriter, Sendable {
    let bytes = Mutex<[UInt8]>([])

    func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += Array(buffer: buffer) } }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
