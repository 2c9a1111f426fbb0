import CCurl

/// One request on its way: what libcurl's callbacks write down while it runs.
///
/// `@unchecked Sendable`: it crosses to the loop's thread once, through the inbox, before anything in it changes; from then
/// on only that thread touches it, and what it found crosses back as a `TransferRecord`.
final class Transfer: @unchecked Sendable {
    let ticket: TransferTicket
    let request: StreamRequest
    private let continuation: CheckedContinuation<TransferRecord, Never>

    /// Present while libcurl works on it.
    var easy: EasyHandle?
    /// When the content is looked for; nil when it has come or nobody asked.
    var firstTokenDeadline: Int64?
    /// What the kernel says about the bytes that libcurl is about to read; nil when it says nothing.
    var waiting: WaitingBytes?

    private(set) var record: TransferRecord
    private(set) var exceededLimit = false
    private var ready: Int64?
    private var isResent = false
    private var uploaded = 0
    private var lastUpload: Int64?
    private var lastArrival = Int64.min

    /// Most bytes of response headers; a server that sends more is no model server.
    static let headerByteLimit = 256 << 10
    /// Longest body that is handed to libcurl in one piece and so goes out in one write with the headers.
    static let singleWriteLimit = 32 << 10

    /// How soon after the write a kept connection must break to count as one that the server had closed before; nanoseconds.
    static let staleConnectionWindow: Int64 = 100_000_000

    init(ticket: TransferTicket, request: StreamRequest, continuation: CheckedContinuation<TransferRecord, Never>) {
        self.ticket = ticket
        self.request = request
        self.continuation = continuation
        record = TransferRecord()
        firstTokenDeadline = request.firstTokenTimeout.map { ticket.started.addingClamped($0.wholeNanoseconds) }
    }

    /// Ends the request: what is known goes back to the caller.
    func finish(_ failure: StreamFailure?, reusedConnection: Bool, status: Int?, at ended: Int64) {
        record.connected = reusedConnection ? nil : ready
        record.sent = sent
        record.status = status
        record.failure = failure
        record.ended = ended
        continuation.resume(returning: record)
    }

    /// Whether any byte of a response has come.
    var hasAnswer: Bool { !record.headerBytes.isEmpty }
    /// Whether a connection stood and the request was about to be written.
    var wasReady: Bool { ready != nil }

    /// Whether the bytes on its socket are those of the answer, so that the kernel's stamps tell when these came: TLS and
    /// proxies have others in between.
    var readsPlainText: Bool {
        !request.usesEnvironmentProxy && request.url.prefix(5).lowercased() == "http:"
    }

    private var sent: Int64? {
        guard let body = request.body, body.count > Self.singleWriteLimit else { return ready }
        return uploaded == body.count ? lastUpload : nil
    }
}

// What libcurl calls, on the loop's thread. Each stamps the time and keeps the bytes; nothing is parsed here.
extension Transfer {
    /// The connection stands and the request is written next. False forbids it.
    func connectionReady() -> Bool {
        let now = MonotonicTime.now()
        if let ready {
            // libcurl comes here again when a kept connection turned out dead. A server may close an idle one at any time,
            // and then never saw the request: it goes out once more, on a new connection, which `connected` tells. A server
            // that took its time and then hung up has failed, and a measurement has no retries.
            guard !isResent, uploaded == 0, now - ready < Self.staleConnectionWindow else { return false }
            isResent = true
        }
        ready = now
        lastArrival = now
        return true
    }

    /// Hands out the next part of a long body.
    func upload(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        let part = body[uploaded...].prefix(buffer.count)
        lastUpload = MonotonicTime.now()
        buffer.copyBytes(from: part)
        uploaded += part.count
        return part.count
    }

    /// One line of the headers, the line break included. False gives up.
    func receivedHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        let arrival = arrival(of: line.count)
        if line.starts(with: "HTTP/".utf8) {
            record.headers = nil  // What was complete before was an interim answer.
        } else if line.count <= 2, record.headers == nil {
            record.headers = arrival
        }
        record.headerBytes += line
        return record.headerBytes.count <= Self.headerByteLimit
    }

    /// One read of the body. False gives up.
    func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let arrival = arrival(of: bytes.count)
        let start = record.body.count
        guard start + bytes.count <= request.responseByteLimit else {
            exceededLimit = true
            return false
        }
        record.body.append(contentsOf: bytes)
        record.arrivals.append(StreamArrival(at: arrival, bytes: start..<record.body.count))
        return true
    }

    /// When these bytes, the next ones of the answer, came: by the kernel's stamp where there is one, else now.
    private func arrival(of count: Int) -> Int64 {
        let now = MonotonicTime.now()
        // What is beyond the bytes that waited came after they were looked at. Chunk framing is not counted; it is shorter
        // than any event that could hide behind it.
        if let left = waiting?.count { waiting = count <= left ? waiting : nil }
        waiting?.count -= count
        guard let waiting else {
            record.hasUserStamps = true
            lastArrival = now
            return now
        }
        // Nothing can be read before what is in front of it, and no answer comes before its request.
        lastArrival = min(max(waiting.arrived, lastArrival), now)
        record.readDelay.add(now - lastArrival)
        return lastArrival
    }
}

extension Int64 {
    /// The sum, or the largest Int64 when it would be larger.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
