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
    private var requestCount: UInt64 = 0
    /// Answers that the pacer has, and those that wait for it as every slot is taken.
    private var slotsTaken = 0
    private var waiting: Deque<PacedAnswer> = []

    private struct Returned {
        var answers: [PacedAnswer] = []
        var stopping = false
    }

    /// Most clients at once; one more is closed at once.
    static let connectionLimit = 4096

    init(_ configuration: SimulatorConfiguration, listener: Int32, truth: TruthFile?) {
        self.configuration = configuration
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
            truth?.write(
                requestID: answer.requestID, model: answer.model, received: answer.received, written: answer.written,
                latest: answer.latest, outcome: answer.ending)
            if answer.ending == "stopped" { answer.connection.isOver = true }
            slotsTaken -= 1
            keep(answer.connection)
        }
        while hasSlot, let answer = waiting.popFirst() {
            answer.waited()
            begin(answer)
        }
        return !news.stopping
    }

    private var hasSlot: Bool { slotsTaken < configuration.slots ?? .max }

    private func begin(_ answer: PacedAnswer) {
        slotsTaken += 1
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
                connection.write(HTTPResponse.error(status, reason, code: "malformed_request", keepsAlive: false))
                connection.isOver = true
            case .request(let request, let length):
                connection.input.removeFirst(length)
                if let answer = answer(request, on: connection) {
                    connections[connection.descriptor] = nil
                    return hasSlot && waiting.isEmpty ? begin(answer) : waiting.append(answer)
                }
                if !request.keepsAlive { connection.isOver = true }
            }
        }
        if connection.isOver { connections[connection.descriptor] = nil }
    }

    /// Answers at once, or gives the answer that is to be paced.
    private func answer(_ request: HTTPRequest, on connection: Connection) -> PacedAnswer? {
        func refuse(_ status: Int, _ message: String, _ code: String) {
            connection.write(HTTPResponse.error(status, message, code: code, keepsAlive: request.keepsAlive))
        }
        switch (request.method, request.path) {
        case ("GET", "/health"):
            connection.write(HTTPResponse.json(200, "{\"status\":\"ok\"}", keepsAlive: request.keepsAlive))
        case ("GET", "/v1/models"):
            let models = configuration.models.map {
                "{\"id\":\($0.id.asJSON),\"object\":\"model\",\"created\":0,\"owned_by\":\"\(HTTPResponse.serverName)\"}"
            }
            let list = "{\"object\":\"list\",\"data\":[\(models.joined(separator: ","))]}"
            connection.write(HTTPResponse.json(200, list, keepsAlive: request.keepsAlive))
        case ("POST", "/v1/chat/completions"):
            do throws(ChatRequest.Refusal) {
                let chat = try ChatRequest.decode(request.body)
                guard let model = configuration.models.first(where: { $0.id == chat.model }) else {
                    refuse(404, "The model '\(chat.model)' does not exist.", "model_not_found")
                    return nil
                }
                return answer(chat, of: model, request, on: connection)
            } catch {
                refuse(400, error.message, "invalid_request")
            }
        case (_, "/health"), (_, "/v1/models"), (_, "/v1/chat/completions"):
            refuse(405, "\(request.method) is not allowed here.", "method_not_allowed")
        default: refuse(404, "There is nothing at this path.", "not_found")
        }
        return nil
    }

    private func answer(
        _ chat: ChatRequest, of model: SimulatedModel, _ request: HTTPRequest, on connection: Connection
    ) -> PacedAnswer? {
        requestCount += 1
        let plan = AnswerPlan(to: chat, of: model, number: requestCount, configuration)
        let id = request.requestID ?? String(requestCount)
        if plan.fate == .refused || plan.fate == .hung {
            truth?.write(
                requestID: id, model: model.id, received: connection.lastRead, written: [], latest: 0,
                outcome: plan.fate.rawValue)
            connection.isHung = plan.fate == .hung
            if plan.fate == .refused {
                connection.write(
                    HTTPResponse.error(500, "simulated failure", code: "simulated", keepsAlive: request.keepsAlive))
            }
            return nil
        }
        let format = AnswerFormat(
            chat, number: requestCount, keepsAlive: request.keepsAlive, reportsUsage: !configuration.quirks.contains(.noUsage))
        if format.isStream { connection.write(format.opening()) }
        return PacedAnswer(
            connection: connection, plan: plan, model: model.id, received: connection.lastRead, requestID: id,
            format: format,
            keepsConnection: request.keepsAlive)
    }
}

/// Ends a `poll` from another thread.
final class WakePipe: Sendable {
    let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "could not make a pipe: \(String(cString: strerror(errno)))")
        (reading, writing) = (ends[0], ends[1])
        Socket.unblock(reading)
        Socket.unblock(writing)
    }

    deinit {
        close(reading)
        close(writing)
    }

    func wake() {
        var byte: UInt8 = 1
        // A full pipe is awake already.
        _ = write(writing, &byte, 1)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while read(reading, &bytes, bytes.count) > 0 {}
    }
}
