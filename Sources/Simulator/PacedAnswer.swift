import Streaming

/// One answer on its way out: what is written when, and when it really was.
///
/// `@unchecked Sendable`: it belongs to one thread at a time; the reader hands it to the pacer and gets it back at its end.
final class PacedAnswer: @unchecked Sendable {
    let connection: Connection
    let plan: AnswerPlan
    let model: String
    /// When the request's last byte was read.
    let received: Int64
    /// When its turn had come: what the waits count from.
    private var begun: Int64
    let requestID: String
    private let format: AnswerFormat
    private let keepsConnection: Bool

    /// The piece that is due next.
    private(set) var next = 0
    private var unsent: ArraySlice<UInt8> = []
    private(set) var written: [Int64] = []
    private(set) var latest: Int64 = 0
    /// How it really ended: as planned, `client_gone` when nobody listened to the end, `stopped` when the server was.
    private(set) var ending = "stopped"

    /// Between two tries to write to a client that does not read.
    static let retryDelay: Int64 = 1_000_000

    init(
        connection: Connection, plan: AnswerPlan, model: String, received: Int64, requestID: String,
        format: AnswerFormat,
        keepsConnection: Bool
    ) {
        self.connection = connection
        self.plan = plan
        self.model = model
        self.received = received
        begun = received
        self.requestID = requestID
        self.format = format
        self.keepsConnection = keepsConnection
        written.reserveCapacity(plan.chunks.count)
    }

    /// Has the waits count from now, and no longer from when the request was received.
    func waited() { begun = MonotonicTime.now() }

    /// When the next piece is due, on the monotonic clock.
    var due: Int64 { begun + (format.isStream ? plan.dues[next] : plan.dues[plan.dues.count - 1]) }

    /// Writes what is due; gives the instant of the next step, or nil when it is over.
    func step() -> Int64? {
        if !unsent.isEmpty { return flush() }
        let bytes = format.isStream ? format.chunk(next, of: plan) : format.whole(plan)
        let now = MonotonicTime.now()
        latest = max(latest, now - due)
        written.append(now)
        next += 1
        unsent = bytes[...]
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
                return nil
            }
        }
        if format.isStream, next < plan.chunks.count { return due }
        ending = plan.fate.rawValue
        if plan.fate == .truncated || !keepsConnection { connection.isOver = true }
        return nil
    }
}
