import Charts
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// Parts of pages that change while they are looked at: sent anew, as server-sent events, whenever they are others.
final class LiveParts: Sendable {
    /// How many may be watched at once; a page without one is complete all the same.
    static let limit = 200
    /// How often it is looked whether a part has changed.
    static let interval = Duration.milliseconds(300)

    private let watched = Mutex(0)

    /// The part as it is now, and whether it will not change any more.
    typealias Part = @Sendable () throws -> (markup: Markup, isOver: Bool)

    func stream(_ part: @escaping Part) throws -> Response {
        try events { send in
            var shown: Markup?
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                let (markup, isOver) = try part()
                if markup != shown { try await send("part", markup) }
                shown = markup
                guard !isOver else { return try await send("end", "over") }
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Sends one event: its name, and its data.
    typealias Send = (_ name: String, _ data: Markup) async throws -> Void

    /// Server-sent events as `body` has them, until it returns or the reader leaves.
    func events(_ body: @escaping @Sendable (Send) async throws -> Void) throws -> Response {
        guard watched.withLock({ $0 < Self.limit }) else {
            throw Problem(
                status: .serviceUnavailable, title: "Too many streams",
                detail: "\(Self.limit) pages are being watched, the limit. Close one, or load the page again.")
        }
        let answer = ResponseBody { writer in
            self.watched.withLock { $0 += 1 }
            defer { self.watched.withLock { $0 -= 1 } }
            try await body { name, data in
                try await writer.write(ByteBuffer(string: Self.event(name, data.text)))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: answer)
    }

    /// An event whose data may have several lines (WHATWG HTML, section 9.2).
    private static func event(_ name: String, _ data: String) -> String {
        let lines = data.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
        return "event: \(name)\n\(lines)\n"
    }
}
