import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Answers that are ready, for requests that may have them.
///
/// It looks at what the routes' own middlewares look at, with their own words for it, and answers nothing that they would refuse.
struct ReadyAnswers: Sendable {
    var cache: AnswerCache
    var host: HostCheck
    var token: TokenCheck
    var access: AccessRecord

    /// The answer to a request that has no body; nil when there is none, or the request is to be looked at more closely.
    func answer(to request: HTTPRequest) -> AnswerCache.Ready? {
        guard request.method == .get, let target = request.path, let ready = try? cache.answer(target),
            // Whoever wants the connection closed gets that elsewhere.
            !request.headerFields.contains(.connection), (try? host.check(request)) != nil,
            (try? token.check(request, path: ready.path)) != nil
        else { return nil }
        return ready
    }
}

/// Gives ready answers on the thread that has read the request: most of what any other way costs is to change threads.
///
/// A request that comes while another one of the connection is being answered, or while the caller does not take what was sent,
/// goes the other way, as does every request that has no ready answer.
final class ReadyAnswerHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let ready: ReadyAnswers
    /// A request that can be answered once it is known that no body follows.
    private var held: (request: HTTPRequest, answer: AnswerCache.Ready, start: ContinuousClock.Instant)?
    /// Requests that went on to the routes and have no answer yet.
    private var unanswered = 0
    private var isFlushDue = false
    private var date = DateField()

    init(_ ready: ReadyAnswers) { self.ready = ready }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            if unanswered == 0, context.channel.isWritable, let answer = ready.answer(to: request) {
                held = (request, answer, .now)
                return
            }
            unanswered += 1
        case .body:
            handOn(context)
        case .end:
            if let held {
                self.held = nil
                return write(held.answer, to: held.request, since: held.start, context)
            }
        }
        context.fireChannelRead(data)
    }

    /// A body follows after all.
    private func handOn(_ context: ChannelHandlerContext) {
        guard let held else { return }
        self.held = nil
        unanswered += 1
        context.fireChannelRead(wrapInboundOut(.head(held.request)))
    }

    private func write(
        _ answer: AnswerCache.Ready, to request: HTTPRequest, since start: ContinuousClock.Instant,
        _ context: ChannelHandlerContext
    ) {
        let isKnown = request.headerFields.names(answer.tag)
        var head = isKnown ? answer.notModified : answer.head
        let id = RequestID().description
        head.headerFields.append(HTTPField(name: .date, value: date.now()))
        head.headerFields.append(HTTPField(name: AccessRecord.requestID, value: id))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isKnown { context.write(wrapOutboundOut(.body(answer.body)), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        isFlushDue = true
        ready.access.tell(
            .init(method: "GET", route: answer.route, status: head.status.code), id: id, path: answer.path,
            bytes: isKnown ? 0 : answer.body.readableBytes, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isFlushDue {
            isFlushDue = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered = max(0, unanswered - 1) }
        context.write(data, promise: promise)
    }
}
