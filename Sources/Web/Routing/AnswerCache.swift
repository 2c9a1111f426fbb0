import DataFolder
import HTTPTypes
import Hummingbird
import NIOCore
import ProjectionKit
import Synchronization

/// Answers as they were sent, for as long as what they were made of is the same: most reads are of runs that have ended.
///
/// Whether they still hold is told by the number of the tables' last commit, and when that has moved by a stamp over the rows.
final class AnswerCache: Sendable {
    /// Bytes of bodies that are kept; beyond it all are let go.
    static let limit = 64 << 20

    /// An answer that was kept.
    struct Ready: Sendable {
        /// The path that was asked for, without a query, and the route that it is one of.
        var path: String
        var route: String
        var tag: String
        /// Its head, but for what is of the moment: date and request id.
        var head: HTTPResponse
        /// The head for whoever has it already.
        var notModified: HTTPResponse
        var body: ByteBuffer

        var response: Response {
            Response(status: head.status, headers: head.headerFields, body: ResponseBody(byteBuffer: body))
        }
    }

    private struct Kept {
        var commit: UInt64
        var resources: [Resource]
        var ready: Ready
        var size: Int
    }

    private struct State {
        var answers: [String: Kept] = [:]
        var bytes = 0
        var stamps: [Resource: (commit: UInt64, stamp: Stamp)] = [:]
    }

    private let installation: Installation
    private let state = Mutex(State())

    init(_ installation: Installation) { self.installation = installation }

    /// An answer that was kept under this name and still holds; nil when there is none.
    func answer(_ name: String) throws -> Ready? {
        guard let kept = state.withLock({ $0.answers[name] }) else { return nil }
        let commit = installation.tables.store.lastTransaction()
        if kept.commit == commit { return kept.ready }
        guard try tag(of: kept.resources) == kept.ready.tag else { return nil }
        state.withLock { $0.answers[name]?.commit = commit }
        return kept.ready
    }

    /// The entity tag (RFC 9110, section 8.8.3) of what is made of these, in quotes.
    func tag(of resources: [Resource]) throws -> String {
        var all = Stamp()
        for resource in resources {
            let value = try stamp(of: resource).value
            withUnsafeBytes(of: value) { all.add($0) }
        }
        return "\"" + String(all.value, radix: 36) + "\""
    }

    private func stamp(of resource: Resource) throws -> Stamp {
        // Looked at before the rows are: a commit between the two makes the stamp count as older than it is.
        let commit = installation.tables.store.lastTransaction()
        if let known = state.withLock({ $0.stamps[resource] }), known.commit == commit { return known.stamp }
        let stamp = try installation.stamp(of: resource)
        state.withLock {
            if $0.stamps.count > 10_000 { $0.stamps = [:] }
            $0.stamps[resource] = (commit, stamp)
        }
        return stamp
    }

    /// Makes an answer and keeps it under a name, if it is one of success.
    func make(
        _ name: String, path: String, route: String, of resources: [Resource], _ make: () async throws -> Response
    ) async throws -> (response: Response, tag: String) {
        let commit = installation.tables.store.lastTransaction()
        let tag = try tag(of: resources)
        var response = try await make()
        guard response.status == .ok else { return (response, tag) }
        let body = try await response.body.collected()
        response.body = ResponseBody(byteBuffer: body)
        response.headers[.eTag] = tag
        response.headers[.cacheControl] = "no-cache"
        response.headers[.contentLength] = "\(body.readableBytes)"
        let kept = Kept(
            commit: commit, resources: resources,
            ready: Ready(
                path: path, route: route, tag: tag, head: Self.head(response),
                notModified: Self.head(.notModified(tag)), body: body),
            size: body.readableBytes + name.utf8.count)
        guard kept.size < Self.limit / 8 else { return (response, tag) }
        state.withLock { state in
            if state.bytes + kept.size > Self.limit { (state.answers, state.bytes) = ([:], 0) }
            state.bytes += kept.size - (state.answers.updateValue(kept, forKey: name)?.size ?? 0)
        }
        return (response, tag)
    }
}

extension AnswerCache {
    /// The head of a response as it is sent, but for date and request id.
    private static func head(_ response: Response) -> HTTPResponse {
        var head = response.head
        head.headerFields[.server] = serverName
        SecurityHeaders.add(to: &head.headerFields)
        return head
    }
}

/// What the service calls itself.
let serverName = "flperf"

extension ResponseBody {
    /// The whole body in memory.
    func collected() async throws -> ByteBuffer {
        let writer = Collector()
        try await write(writer)
        return writer.buffer.withLock { $0 }
    }

    /// `Mutex`, as a body's writer may be handed to anybody.
    private final class Collector: ResponseBodyWriter, Sendable {
        let buffer = Mutex(ByteBuffer())

        func write(_ part: ByteBuffer) async throws {
            buffer.withLock { buffer in
                var part = part
                if buffer.readableBytes == 0 { buffer = part } else { buffer.writeBuffer(&part) }
            }
        }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
