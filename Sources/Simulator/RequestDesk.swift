import Collections
import Foundation
import Streaming

/// The thread that accepts connections, reads requests and answers at once what needs no pacing.
///
/// `@unchecked Sendable`: everything but `pacer`, `returned` and `waker` is touched by the thread of `run()` alone.
final class RequestDesk: @unchecked Sendable {
    private let configuration: SimulatorConfiguration
    private let listener: Int32
    private let truth: TruthFile?
    private let returned = Alarm(Returned())
    private let waker = WakePipe()
    private lazy var pacer = Pacer { [returned, waker] answer in
        returned.change { $0.answers.append(answer) }
        waker.wake()
    }
    private var connections: [Int32: Connection] = [:]
    private let paths: any ServerPaths
    private var server: ServerState
    private var requestCount: UInt64 = 0
    /// The answer that the next one cuts, of a server that does so.
    private var lastAnswer: PacedAnswer?
    /// Answers that the pacer has, and those that wait for it as every slot is taken.
    private var slotsTaken = 0
    private var waiting: Deque<PacedAnswer> = []

    private struct Returned {
        var answers: [PacedAnswer] = []
        var stopping = false
    }

    /// Most clients at once; one more is closed at once.
    static let connectionLimit = 4096

    init(_ configuration: SimulatorConfiguration, listener: Int32, port: Int, truth: TruthFile?) {
        self.configuration = configuration
        paths = configuration.personality.paths(configuration)
        let now = MonotonicTime.now()
        server = ServerState(
            configuration: configuration, address: "http://\(configuration.host):\(port)",
            shelf: ModelShelf(configuration.servedModels, loadsItself: paths.loadsItself, at: now),
            figures: ServerFigures(modelName: configuration.models[0].id), now: now)
        self.listener = listener
        self.truth = truth
    }

    deinit {
        close(listener)
    }

    func stop() {
        returned.change { $0.stopping = true }
        waker.wake()
    }

    func run() {
        let pacing = DispatchSemaphore(value: 0)
        let pacerThread = Thread { [pacer] in
            pacer.run()
            pacing.signal()
        }
        pacerThread.name = "simulator pacer"
        pacerThread.qualityOfService = .userInteractive
        pacerThread.start()
        while takeReturned() { readWhatCame() }
        pacer.stop()
        pacing.wait()
        _ = takeReturned()
        connections.removeAll()
    }

    /// Takes back the answers that are over; false when it is time to stop.
    private func takeReturned() -> Bool {
        let news = returned.change { returned in
            defer { returned.answers.removeAll() }
            return returned
        }
        for answer in news.answers {
            if let chat = answer.chat { finish(answer, chat) }
            if answer.ending == "stopped" { answer.connection.isOver = true }
            keep(answer.connection)
        }
        while hasSlot, let answer = waiting.popFirst() {
            answer.waited()
            begin(answer)
        }
        return !news.stopping
    }

    private func finish(_ answer: PacedAnswer, _ chat: PacedAnswer.Chat) {
        truth?.write(
            requestID: chat.requestID, model: chat.model.id, received: answer.received, written: answer.written,
            latest: answer.latest, outcome: answer.ending)
        slotsTaken -= 1
        server.figures.count(answer, chat)
        server.shelf.used(chat.index, at: MonotonicTime.now())
        if lastAnswer === answer { lastAnswer = nil }
    }

    private var hasSlot: Bool { slotsTaken < configuration.slots ?? .max }

    private func begin(_ answer: PacedAnswer) {
        if answer.chat != nil { slotsTaken += 1 }
        pacer.begin(answer)
    }

    private func keep(_ connection: Connection) {
        if connection.isOver { return }
        connections[connection.descriptor] = connection
        serve(connection)
    }

    /// Waits for something to come, and answers it.
    private func readWhatCame() {
        var unserved = readAll(waiting: true)
        while let connection = unserved.popFirst() {
            serve(connection)
            // A request is received when it is read: it must not wait for the decoding of those that came before it.
            unserved += readAll(waiting: false)
        }
    }

    /// Reads, and so stamps, whatever has come; gives the connections that have something new.
    private func readAll(waiting: Bool) -> Deque<Connection> {
        var polled = [
            pollfd(fd: waker.reading, events: Int16(POLLIN), revents: 0),
            pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
        ]
        polled += connections.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&polled, nfds_t(polled.count), waiting ? -1 : 0) > 0 else { return [] }
        if waiting, polled[0].revents != 0 { waker.drain() }
        var ready = Deque<Connection>()
        for connection in polled[2...].lazy.filter({ $0.revents != 0 }).compactMap({ self.connections[$0.fd] }) {
            connection.read()
            ready.append(connection)
        }
        if polled[1].revents != 0 { acceptAll() }
        return ready
    }

    private func acceptAll() {
        while let descriptor = Socket.accept(from: listener) {
            if connections.count >= Self.connectionLimit {
                close(descriptor)
            } else {
                connections[descriptor] = Connection(descriptor: descriptor)
            }
        }
    }

    /// Answers the requests that lie in the connection's input, up to one that is paced: then the pacer has the connection.
    private func serve(_ connection: Connection) {
        guard connections[connection.descriptor] === connection else { return }
        while !connection.isOver, !connection.isHung {
            switch HTTPRequest.read(connection.input) {
            case .incomplete: return
            case .awaitsContinue: return connection.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            case .malformed(let status, let reason):
                let refusal = paths.errors.response(status, reason, code: "malformed_request")
                connection.write(refusal.bytes(keepsAlive: false))
                connection.isOver = true
            case .request(let request, let length):
                connection.input.removeFirst(length)
                if let answer = answer(request, on: connection) {
                    connections[connection.descriptor] = nil
                    return answer.chat == nil || hasSlot && waiting.isEmpty ? begin(answer) : waiting.append(answer)
                }
                if !request.keepsAlive { connection.isOver = true }
            }
        }
        if connection.isOver { connections[connection.descriptor] = nil }
    }

    /// Answers at once, or gives the answer that is to be paced.
    private func answer(_ request: HTTPRequest, on connection: Connection) -> PacedAnswer? {
        server.now = MonotonicTime.now()
        server.figures.running = slotsTaken
        server.figures.waiting = waiting.count
        switch paths.reply(to: request, &server) {
        case .response(let response):
            connection.write(response.bytes(keepsAlive: request.keepsAlive))
            return nil
        case .later(let response, let instant):
            return PacedAnswer(
                connection: connection,
                TimedResponse(response, at: instant, keepsAlive: request.keepsAlive),
                keepsConnection: request.keepsAlive)
        case .growing(let type, let texts):
            return PacedAnswer(
                connection: connection, TimedResponse(type: type, texts, keepsAlive: request.keepsAlive),
                keepsConnection: request.keepsAlive)
        case .chat(let chat): return answer(chat, request, on: connection)
        }
    }

    private func answer(_ reply: ChatReply, _ request: HTTPRequest, on connection: Connection) -> PacedAnswer? {
        requestCount += 1
        let model = server.shelf.entries[reply.index].model
        server.shelf.ask(reply.index, until: reply.ready)
        var plan = AnswerPlan(to: reply.request, of: model, number: requestCount, configuration)
        plan.loadTime = max(0, reply.ready - server.now)
        let id = request.requestID ?? String(requestCount)
        if plan.fate == .refused || plan.fate == .hung {
            truth?.write(
                requestID: id, model: model.id, received: connection.lastRead, written: [], latest: 0,
                outcome: plan.fate.rawValue)
            connection.isHung = plan.fate == .hung
            if plan.fate == .refused {
                let refusal = paths.errors.response(500, "simulated failure", code: "simulated")
                connection.write(refusal.bytes(keepsAlive: request.keepsAlive))
            }
            return nil
        }
        let format = reply.format(
            AnswerContext(
                request: reply.request, model: model, number: requestCount, keepsAlive: request.keepsAlive,
                quirks: configuration.quirks))
        if format.isStream { connection.write(format.opening()) }
        // A model that was in memory makes nobody wait, however long the request lay here.
        let ready = plan.loadTime > 0 ? reply.ready : connection.lastRead
        let chat = PacedAnswer.Chat(plan: plan, requestID: id, model: model, index: reply.index, ready: ready)
        let answer = PacedAnswer(
            connection: connection, chat, format: format, keepsConnection: request.keepsAlive,
            ignoresHangUp: configuration.quirks.contains(.ignoresHangUp))
        if configuration.quirks.contains(.cutsFirstStream) {
            lastAnswer?.cut()
            lastAnswer = answer
        }
        return answer
    }
}
