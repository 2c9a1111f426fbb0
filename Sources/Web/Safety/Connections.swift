import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Synchronization

/// The connections that are open, so that those who ask nothing make room for those who do.
public final class Connections: Sendable {
    /// One connection, as its guard tells of it.
    final class Entry: Sendable {
        let channel: any Channel
        /// When it last began to wait for a request, on the monotonic clock in ns; 0 while it is being answered.
        let waitingSince: Atomic<UInt64>

        init(_ channel: any Channel) {
            self.channel = channel
            waitingSince = Atomic(NIODeadline.now().uptimeNanoseconds)
        }
    }

    private let most: Int
    private let open = Mutex<[ObjectIdentifier: Entry]>([:])
    private let evictions = Atomic(0)
    /// Most that were open at once since many of them went.
    private let peak = Atomic(0)

    /// - Parameter most: connections that may be open.
    public init(most: Int = 4_096) { self.most = most }

    var count: Int { open.withLock { $0.count } }
    var evicted: Int { evictions.load(ordering: .relaxed) }

    func add(_ channel: any Channel) -> Entry {
        let entry = Entry(channel)
        let longest = open.withLock { open -> Entry? in
            open[ObjectIdentifier(entry)] = entry
            peak.max(open.count, ordering: .relaxed)
            guard open.count > most else { return nil }
            let waiting = open.values.filter { $0.waitingSince.load(ordering: .relaxed) > 0 }
            let longest = waiting.min {
                $0.waitingSince.load(ordering: .relaxed) < $1.waitingSince.load(ordering: .relaxed)
            }
            if let longest { open[ObjectIdentifier(longest)] = nil }
            return longest
        }
        if let longest {
            evictions.add(1, ordering: .relaxed)
            longest.channel.close(promise: nil)
        }
        return entry
    }

    /// Whether at least so many have gone since there were most; it is told once.
    func gone(of crowd: Int) -> Bool {
        let now = count
        guard peak.load(ordering: .relaxed) - now >= crowd else { return false }
        peak.store(now, ordering: .relaxed)
        return true
    }

    func remove(_ entry: Entry) { open.withLock { $0[ObjectIdentifier(entry)] = nil } }
}

/// Closes a connection that takes too long to say what it wants, or goes on with what was refused.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let connections: Connections
    private var entry: Connections.Entry?
    /// When it is closed unless something happens; nil while a request is being answered.
    private var deadline: NIODeadline?
    private var timer: Scheduled<Void>?
    private var isReadingBody = false
    private var unanswered = 0
    private var bodyBytes = 0

    init(_ connections: Connections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) {
        let entry = connections.add(context.channel)
        self.entry = entry
        let connections = connections
        context.channel.closeFuture.whenComplete { _ in connections.remove(entry) }
        wait(WebLimits.headTime, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            isReadingBody = true
            bodyBytes = 0
            entry?.waitingSince.store(0, ordering: .relaxed)
            wait(WebLimits.bodyTime, context)
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            // Whoever sends this much has long been told that it is too much.
            if bodyBytes > WebLimits.refusedBody { return context.close(promise: nil) }
        case .end:
            isReadingBody = false
            if unanswered > 0 { deadline = nil } else { rest(context) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            unanswered = max(0, unanswered - 1)
            if unanswered == 0, !isReadingBody { rest(context) }
        }
        context.write(data, promise: promise)
    }

    /// What can't be read is answered here: no request comes of it. The connection is closed once its caller has done so, or after
    /// a while.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let fault = error as? HTTPParserError, unanswered == 0 else { return context.fireErrorCaught(error) }
        let problem = fault == .headerOverflow ? Problem.fieldsTooLarge : .notHTTP
        guard let document = try? problem.document() else { return context.fireErrorCaught(error) }
        var fields: HTTPFields = [
            .contentType: Problem.type, .contentLength: "\(document.count)", .connection: "close",
        ]
        SecurityHeaders.add(to: &fields)
        context.write(wrapOutboundOut(.head(HTTPResponse(status: problem.status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: document))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
        wait(WebLimits.headTime, context)
    }

    private func rest(_ context: ChannelHandlerContext) {
        entry?.waitingSince.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
        wait(WebLimits.idleTime, context)
    }

    /// One timer a connection: it looks at the deadline as it is when it goes off, so a request costs no timer of its own.
    private func wait(_ seconds: Double, _ context: ChannelHandlerContext) {
        let deadline = NIODeadline.now() + .nanoseconds(Int64(seconds * 1e9))
        self.deadline = deadline
        guard timer == nil else { return }
        schedule(deadline, context)
    }

    private func schedule(_ deadline: NIODeadline, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            timer = nil
            guard let deadline = self.deadline else { return }
            guard deadline <= .now() else { return schedule(deadline, context) }
            context.close(promise: nil)
        }
    }
}
