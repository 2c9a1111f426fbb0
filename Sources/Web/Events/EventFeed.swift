import Audit
import EventStore
import Events
import NIOCore

/// The log's newest events as server-sent events, read and written out once for everybody who listens.
///
/// Whoever falls behind what is held reads the log itself; a slow listener is in nobody's way.
actor EventFeed {
    /// One event as it is sent.
    struct Frame: Sendable {
        var position: Position
        var stream: StreamID
        var type: EventType
        var bytes: ByteBuffer
    }

    /// Most frames that are held, and most of their bytes.
    static let frameLimit = 8_192
    static let byteLimit = 8 << 20
    /// How often a listener that hears nothing is told that the service is there.
    static let heartbeat = Duration.seconds(15)

    private let log: EventLog
    private var frames: [Frame] = []
    private var bytes = 0
    /// Everything after this position is held.
    private var start: Position = 0
    private var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
    private var nextListener: UInt64 = 0
    private var work: [Task<Void, Never>] = []

    init(_ log: EventLog) { self.log = log }

    /// Something comes out of it whenever there may be more to hear; its end is told to `leave`.
    func listen() throws -> (id: UInt64, ticks: AsyncStream<Void>, end: AsyncStream<Void>.Continuation) {
        if listeners.isEmpty { try begin() }
        let (ticks, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        nextListener += 1
        listeners[nextListener] = continuation
        continuation.yield()
        return (nextListener, ticks, continuation)
    }

    /// The last one to leave ends the reading.
    func leave(_ id: UInt64) {
        listeners[id] = nil
        guard listeners.isEmpty else { return }
        for task in work { task.cancel() }
        (work, frames, bytes) = ([], [], 0)
    }

    /// What is held after a position; nil when that begins later, and the log is to be asked.
    func frames(after position: Position) -> ArraySlice<Frame>? {
        guard position >= start else { return nil }
        guard let first = frames.first?.position, position >= first else { return frames[...] }
        // Positions have no gaps.
        return frames.dropFirst(Int(position - first) + 1)
    }

    private func begin() throws {
        start = try log.lastPosition()
        let log = log
        let from = start + 1
        // Both end with the last listener, which cancels them.
        work = [
            Task {
                do {
                    for try await batch in log.subscribe(from: from) { self.take(try batch.map(Self.frame)) }
                } catch {
                    self.endAll()
                }
            },
            Task {
                while (try? await Task.sleep(for: Self.heartbeat)) != nil { self.tick() }
            },
        ]
    }

    private func take(_ new: [Frame]) {
        frames += new
        bytes += new.reduce(0) { $0 + $1.bytes.readableBytes }
        if frames.count > Self.frameLimit || bytes > Self.byteLimit {
            // Half of it goes at once, so that this is rare.
            var dropped = 0
            while let frame = frames.dropFirst(dropped).first,
                frames.count - dropped > Self.frameLimit / 2 || bytes > Self.byteLimit / 2
            {
                bytes -= frame.bytes.readableBytes
                start = frame.position
                dropped += 1
            }
            frames.removeFirst(dropped)
        }
        tick()
    }

    private func tick() {
        for listener in listeners.values { listener.yield() }
    }

    private func endAll() {
        for listener in listeners.values { listener.finish() }
    }

    /// `id` is the position: a client that comes again sends it as `Last-Event-ID`.
    static func frame(_ event: RecordedEvent) throws -> Frame {
        var buffer = ByteBuffer()
        buffer.writeString("id: \(event.position)\nevent: \(event.type.name)\ndata: ")
        buffer.writeBytes(try EventLine.json(event))
        buffer.writeString("\n\n")
        return Frame(position: event.position, stream: event.stream, type: event.type, bytes: buffer)
    }
}
