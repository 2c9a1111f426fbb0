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
    /// After so many looks without news a comment is sent, so that a reader who left is found out.
    static let patience = 50

    private let watched = Mutex(0)

    /// The part as it is now, and whether it will not change any more.
    typealias Part = @Sendable () throws -> (markup: Markup, isOver: Bool)

    func stream(_ part: @escaping Part) throws -> Response {
        guard watched.withLock({ $0 < Self.limit }) else {
            throw Problem(
                status: .serviceUnavailable, title: "Too many streams",
                detail: "\(Self.limit) pages are being watched, the limit. Close one, or load the page again.")
        }
        let body = ResponseBody { writer in
            self.watched.withLock { $0 += 1 }
            defer { self.watched.withLock { $0 -= 1 } }
            var shown: Markup?
            var quiet = 0
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                let (markup, isOver) = try part()
                if markup != shown {
                    try await writer.write(ByteBuffer(string: Self.event("part", markup.text)))
                    (shown, quiet) = (markup, 0)
                } else if quiet == Self.patience {
                    try await writer.write(ByteBuffer(string: ": still here\n\n"))
                    quiet = 0
                }
                guard !isOver else {
                    try await writer.write(ByteBuffer(string: Self.event("end", "over")))
                    break
                }
                quiet += 1
                try await Task.sleep(for: Self.interval)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }

    /// An event whose data may have several lines (WHATWG HTML, section 9.2).
    private static func event(_ name: String, _ data: String) -> String {
        let lines = data.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
        return "event: \(name)\n\(lines)\n"
    }
}
