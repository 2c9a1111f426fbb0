import Audit
import DataFolder
import EventStore
import Events
import Hummingbird
import NIOCore
import Runs
import ServiceLifecycle

/// The log itself, as lines and live.
func addEventRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation
    let live = LiveEvents(log: installation.log, feed: EventFeed(installation.log), limit: sources.streams)
    let positions = 0...Parameter.positions.upperBound

    table.get(
        "/api/events", "Events from a position on, one line of JSON each.",
        query: [
            Parameter(name: "from", kind: .integer(Parameter.positions), summary: "The first position; 1."),
            Parameter(
                name: "limit", kind: .integer(1...1_000_000_000), summary: "At most so many events; all there are."),
        ] + EventSelection.parameters, answer: .text("application/x-ndjson")
    ) { call in
        try live.lines(
            from: Position(call.query.integer("from") ?? 1), limit: call.query.integer("limit") ?? .max,
            EventSelection(call.query))
    }
    table.get(
        "/api/events/stream",
        "Events as they happen, as server-sent events. 'Last-Event-ID' goes on behind a position.",
        query: [
            Parameter(
                name: "after", kind: .integer(positions), summary: "The position to begin behind; the log's end.")
        ] + EventSelection.parameters, answer: .text("text/event-stream")
    ) { call in
        let after = try call.lastEvent ?? call.query.integer("after").map(Position.init)
        return try live.stream(after: after ?? installation.log.lastPosition(), EventSelection(call.query))
    }
    table.get(
        "/api/benchmarks/runs/{id}/stream", "A run's events from its first on, as server-sent events, until it ends.",
        query: [Parameter(name: "after", kind: .integer(positions), summary: "The position to begin behind.")],
        answer: .text("text/event-stream", mayBeEmpty: true)
    ) { call in
        let id = try call.id
        guard let run = try installation.run(id).value?.run, run.id == id else {
            throw try Problem.noRun(id, installation)
        }
        let after = try call.lastEvent ?? call.query.integer("after").map(Position.init)
        // That is how a browser's EventSource is told to come no more.
        if let after, run.status != .running, after >= run.last_position { return Response(status: .noContent) }
        return try live.stream(after: after ?? run.first_position - 1, try EventSelection(run: id), until: runEnds)
    }
}

/// What a run ends with.
private let runEnds: Set<EventType> = [.runCompleted, .runFailed, .runCancelled, .runInterrupted]

extension Call {
    /// The position that a client that comes again has seen.
    fileprivate var lastEvent: Position? {
        get throws {
            guard let text = request.headers[.init("Last-Event-ID")!] else { return nil }
            guard let position = Position(text) else {
                throw Problem.badRequest("'Last-Event-ID' must be a position, found \(Parameter.shown(text)).")
            }
            return position
        }
    }
}

/// Events on their way to listeners.
struct LiveEvents: Sendable {
    var log: EventLog
    var feed: EventFeed
    var limit: StreamLimit

    /// Bytes that are gathered before they are sent.
    private static let pieceSize = 64 << 10
    /// Events that are looked at between two pieces, when few of them are wanted.
    private static let sliceSize: UInt64 = 4_096

    /// The log as it is now. Nothing is read before the caller has taken what came before it.
    func lines(from first: Position, limit count: Int, _ selection: EventSelection) throws -> Response {
        let last = try log.lastPosition()
        let (log, streams) = (log, limit)
        try streams.check()
        let body = ResponseBody { writer in
            try streams.begin()
            defer { streams.end() }
            var (next, left) = (first, count)
            while next <= last, left > 0 {
                // Cut off rather than ended as if it were whole.
                guard !Task.isShuttingDownGracefully else { throw CancellationError() }
                try Task.checkCancellation()
                var piece = ByteBuffer()
                let end = min(last, next.addingReportingOverflow(Self.sliceSize - 1).partialValue)
                try log.scan(from: next, through: max(next, end)) { (raw: borrowing RawEvent) in
                    next = raw.position + 1
                    guard selection.includes(raw) else { return true }
                    piece.writeBytes(try EventLine.json(log.decoded(raw)))
                    piece.writeString("\n")
                    left -= 1
                    return left > 0 && piece.readableBytes < Self.pieceSize
                }
                if piece.readableBytes > 0 { try await writer.write(piece) }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"], body: body)
    }

    /// What is there after a position and what comes, until the client leaves, the service ends, or an event of `ends`.
    func stream(after position: Position, _ selection: EventSelection, until ends: Set<EventType> = []) throws
        -> Response
    {
        let (log, feed, streams) = (log, feed, limit)
        try streams.check()
        let body = ResponseBody { writer in
            try streams.begin()
            defer { streams.end() }
            let (id, ticks, end) = try await feed.listen()
            do {
                try await withGracefulShutdownHandler {
                    var listener = Listener(after: position, selection: selection, ends: ends)
                    // The client learns at once that it is heard.
                    try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
                    for await _ in ticks {
                        guard try await listener.hear(from: feed, log, &writer) else { break }
                    }
                } onGracefulShutdown: {
                    end.finish()
                }
            } catch {
                await feed.leave(id)
                throw error
            }
            await feed.leave(id)
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }
}

/// How far one listener is.
private struct Listener {
    var position: Position
    var selection: EventSelection
    var ends: Set<EventType>

    init(after position: Position, selection: EventSelection, ends: Set<EventType>) {
        (self.position, self.selection, self.ends) = (position, selection, ends)
    }

    /// Sends what there is; false when that was the last.
    mutating func hear(from feed: EventFeed, _ log: EventLog, _ writer: inout any ResponseBodyWriter) async throws
        -> Bool
    {
        var hasHeard = false
        while true {
            guard let held = await feed.frames(after: position) else {
                let events = try log.read(from: position + 1, limit: 256)
                guard let last = events.last?.position else { return true }
                let wanted = try events.map(EventFeed.frame).filter(selection.includes)
                if try await !send(wanted[...], &writer) { return false }
                hasHeard = true
                position = last
                continue
            }
            guard let last = held.last?.position else { break }
            let wanted = held.filter(selection.includes)
            if try await !send(wanted[...], &writer) { return false }
            hasHeard = hasHeard || !wanted.isEmpty
            position = last
        }
        // A comment: a line that clients pass over, and that tells whether they are still there.
        if !hasHeard { try await writer.write(ByteBuffer(string: ":\n\n")) }
        return true
    }

    private func send(_ frames: ArraySlice<EventFeed.Frame>, _ writer: inout any ResponseBodyWriter) async throws
        -> Bool
    {
        guard !frames.isEmpty else { return true }
        let last = frames.firstIndex { ends.contains($0.type) }
        let sent = last.map { frames[frames.startIndex...$0] } ?? frames
        var piece = ByteBuffer()
        for frame in sent { piece.writeImmutableBuffer(frame.bytes) }
        try await writer.write(piece)
        return last == nil
    }
}
