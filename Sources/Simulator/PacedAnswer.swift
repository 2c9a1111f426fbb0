import Streaming
import Synchronization

/// One answer on its way out: what is written when, and when it really was.
///
/// `@unchecked Sendable`: it belongs to one thread at a time; the reader hands it to the pacer and gets it back at its end.
/// `isCut` alone is set from outside meanwhile.
final class PacedAnswer: @unchecked Sendable {
    let connection: Connection
    /// What a model says; nil of an answer about the server itself.
    let chat: Chat?
    /// When the request's last byte was read.
    let received: Int64
    /// When its turn had come: what the waits count from.
    private(set) var begun: Int64
    private let script: any Script
    private let dues: [Int64]
    private let keepsConnection: Bool
    private let ignoresHangUp: Bool
    private let isCut = Atomic(false)

    /// The piece that is due next.
    private(set) var next = 0
    private var unsent: ArraySlice<UInt8> = []
    /// Whether the client has hung up and the answer goes on all the same.
    private var isUnheard = false
    private var wasCut = false
    private(set) var written: [Int64] = []
    private(set) var latest: Int64 = 0
    /// How it really ended: as planned, `client_gone` when nobody listened to the end, `cut` when another request cut it,
    /// `stopped` when the server was.
    private(set) var ending = "stopped"

    /// What a model says, and to whom.
    struct Chat {
        var plan: AnswerPlan
        var requestID: String
        var model: SimulatedModel
        /// Its place on the shelf.
        var index: Int
        /// When it was in memory: the waits count from then at the earliest.
        var ready: Int64
    }

    /// Between two tries to write to a client that does not read.
    static let retryDelay: Int64 = 1_000_000

    /// The answer of a model.
    init(
        connection: Connection, _ chat: Chat, format: any ChatFormat, keepsConnection: Bool, ignoresHangUp: Bool
    ) {
        self.connection = connection
        self.chat = chat
        received = connection.lastRead
        begun = max(received, chat.ready)
        script = AnswerScript(plan: chat.plan, format: format)
        dues = script.dues
        self.keepsConnection = keepsConnection
        self.ignoresHangUp = ignoresHangUp
        written.reserveCapacity(dues.count)
    }

    /// An answer about the server itself.
    init(connection: Connection, _ response: TimedResponse, keepsConnection: Bool) {
        self.connection = connection
        chat = nil
        received = connection.lastRead
        // Its instants are those of the clock.
        begun = 0
        script = response
        dues = response.dues
        self.keepsConnection = keepsConnection
        ignoresHangUp = false
    }

    /// When the first content was there; of a whole answer, when it was planned to be. Nil when there was none.
    var firstContent: Int64? {
        guard let first = written.first, let chat else { return nil }
        return dues.count == chat.plan.dues.count ? first : begun + (chat.plan.dues.first ?? 0)
    }

    /// Has the waits count from now, and no longer from when the request was received.
    func waited() { begun = max(begun, MonotonicTime.now()) }

    /// Ends it before its next piece, as if it were whole. May be called from any thread.
    func cut() { isCut.store(true, ordering: .relaxed) }

    /// When the next piece is due, on the monotonic clock.
    var due: Int64 { begun + dues[next] }

    /// Writes what is due; gives the instant of the next step, or nil when it is over.
    func step() -> Int64? {
        if !unsent.isEmpty { return flush() }
        if isCut.load(ordering: .relaxed), case let bytes = script.cut(), !bytes.isEmpty {
            (next, wasCut) = (dues.count, true)
            unsent = bytes[...]
            return flush()
        }
        let bytes = script.bytes(next)
        let now = MonotonicTime.now()
        latest = max(latest, now - due)
        next += 1
        if !isUnheard {
            written.append(now)
            unsent = bytes[...]
        }
        return flush()
    }

    private func flush() -> Int64? {
        while !unsent.isEmpty {
            switch Socket.write(unsent, to: connection.descriptor) {
            case .bytes(let count): unsent = unsent.dropFirst(count)
            case .wouldBlock: return MonotonicTime.now() + Self.retryDelay
            case .closed:
                ending = "client_gone"
                connection.isOver = true
                guard ignoresHangUp else { return nil }
                isUnheard = true
                unsent = []
            }
        }
        if next < dues.count { return due }
        if isUnheard { return nil }
        ending = wasCut ? "cut" : script.ending
        if script.breaksOff || !keepsConnection { connection.isOver = true }
        return nil
    }
}
