/// Everything that one request gave: its times, its bytes and how it ended. Parsed by nobody yet.
///
/// All times are nanoseconds on CLOCK_MONOTONIC of this host (`MonotonicTime`). When the answer's parts came is what the kernel
/// says where it can (`StreamArrival.clock`); everything else is read in this process, when the client got round to it.
public struct StreamOutcome: Sendable {
    /// When the request was handed to `perform`.
    public var started: Int64
    /// When the connection stood, TLS included; nil when an open one was reused or none came about.
    public var connected: Int64?
    /// When the last byte of the request was handed over, stamped just before that write; nil when it never was.
    public var sent: Int64?
    /// When the response's headers were complete; nil when they never were.
    public var headers: Int64?
    /// When the first byte of the response's body came; nil when there was none.
    public var firstByte: Int64?
    /// When the request was over, one way or the other: of a whole answer, when its last byte came.
    public var ended: Int64
    /// The final HTTP status; nil when no response began.
    public var status: Int?
    /// The response header `content-type`; nil when absent.
    public var contentType: String?
    /// The response header `retry-after`, as sent; nil when absent.
    public var retryAfter: String?
    /// The response header `server`; nil when absent.
    public var server: String?
    /// The body, as far as it came. After a failure this is the partial answer.
    public var body: [UInt8]
    /// One entry per read of the socket that brought a part of the body, in order; together their ranges cover `body`.
    ///
    /// A read is not an event: it may hold several, or half of one.
    public var arrivals: [StreamArrival]
    /// libcurl's own times; nil when it never took the request up.
    public var phases: ConnectionPhases?
    /// How long the answer's parts waited until they were read.
    public var readDelay = ReadDelay()
    /// Longest time in which the client did not look at its sockets while this request was under way, in nanoseconds; nil
    /// when it never got under way.
    public var loopLag: Int64?
    /// Why the answer is not whole; nil when it came to its end with a status of 200–299.
    public var failure: StreamFailure?

    /// What no message may repeat.
    var redaction = Redaction()
    /// Who was asked, as messages show it.
    var address = "the server"
    /// The framing that was asked for.
    var framing: StreamRequest.Framing = .whole
}

/// Who said when a part of an answer came.
public enum ArrivalClock: Sendable {
    /// This process, when it read it.
    case user
    /// The kernel: when the packet came, or that it had not come a tenth of a millisecond before it was read.
    case kernel
}

/// What one read of the socket brought of a response's body.
public struct StreamArrival: Sendable, Equatable {
    /// When the last of the bytes came: nanoseconds on CLOCK_MONOTONIC. The others came between the read before and then.
    public var at: Int64
    /// Where in the body they lie.
    public var bytes: Range<Int>
    /// Who says so.
    public var clock: ArrivalClock

    /// Bytes in that range of the body, come at that instant.
    public init(at: Int64, bytes: Range<Int>, clock: ArrivalClock = .user) {
        self.at = at
        self.bytes = bytes
        self.clock = clock
    }
}

extension StreamOutcome {
    /// An outcome of bytes that did not come over a wire: recorded, or written for a test.
    public init(
        status: Int, contentType: String?, framing: StreamRequest.Framing, body: [UInt8], arrivals: [StreamArrival],
        failure: StreamFailure? = nil
    ) {
        let first = arrivals.first?.at ?? 0
        self.init(
            started: first, sent: first, headers: first, firstByte: arrivals.isEmpty ? nil : first,
            ended: arrivals.last?.at ?? 0, status: status, contentType: contentType, body: body, arrivals: arrivals,
            failure: failure, framing: framing)
    }
}
