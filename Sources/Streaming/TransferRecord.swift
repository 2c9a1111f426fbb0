import Synchronization

/// What a request is known by outside the loop's thread: its number, when it was handed over, whether it was called off.
final class TransferTicket: Sendable {
    let id: UInt64
    let started: Int64
    /// Set before the loop is told, so that a cancellation that overtakes its request is not lost.
    let isCancelled = Atomic(false)

    init(id: UInt64, started: Int64) {
        self.id = id
        self.started = started
    }
}

/// What the loop's thread wrote down about one request; read by nobody there.
struct TransferRecord: Sendable {
    var connected: Int64?
    var sent: Int64?
    var headers: Int64?
    var ended: Int64 = 0
    var status: Int?
    var headerBytes: [UInt8] = []
    var body: [UInt8] = []
    var arrivals: [StreamArrival] = []
    var failure: StreamFailure?
    var phases: ConnectionPhases?
    var readDelay = ReadDelay()
    var loopLag: Int64?

    /// The outcome, on the caller's time: the headers are read and a status that is no success becomes a failure here.
    func outcome(of request: StreamRequest, started: Int64) -> StreamOutcome {
        let fields = ResponseHeaders(headerBytes)
        var outcome = StreamOutcome(
            started: started, connected: connected, sent: sent, headers: headers, firstByte: arrivals.first?.at,
            ended: ended,
            status: status, contentType: fields["content-type"], retryAfter: fields["retry-after"],
            server: fields["server"], body: body, arrivals: arrivals,
            phases: phases, readDelay: readDelay, loopLag: loopLag, failure: failure,
            redaction: Redaction(of: request), address: "'\(request.shownURL)'", framing: request.framing)
        outcome.failure = outcome.failure(told: fields)
        return outcome
    }
}

/// The fields of the last response's headers, by lower-case name.
struct ResponseHeaders {
    private var values: [String: String] = [:]

    init(_ bytes: [UInt8]) {
        var isComplete = false
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            let line = line.last == 13 ? line.dropLast() : line
            if line.starts(with: "HTTP/".utf8) {
                (values, isComplete) = ([:], false)  // An interim response (100 Continue) came before this one.
            } else if isComplete || line.isEmpty {
                // What follows is a trailer, which must not be taken for a header (RFC 9110, section 6.5.1).
                isComplete = true
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
                let value = String(decoding: line[line.index(after: colon)...], as: UTF8.self)
                values[name] = String(value.drop { $0 == " " || $0 == "\t" })
            }
        }
    }

    subscript(name: String) -> String? { values[name] }
}
