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
    /// Those that it began with and has to wait for; nil of an ordinary request.
    var gathering: Gathering?
    /// Whether the bytes on its socket are those of the answer, so that the kernel's stamps tell when these came: TLS and
    /// proxies have others in between.
    let readsPlainText: Bool

    private(set) var record: TransferRecord
    private(set) var exceededLimit = false
    private var ready: Int64?
    private var isResent = false
    private var uploaded = 0
    private var lastUpload: Int64?
    private var lastArrival = Int64.min
    /// Whether libcurl is reading the socket, and was let to by `beginRead`.
    private var isReading = false
    /// What the kernel says about the bytes that are being read and were not handed out yet; nil when it says nothing.
    private var waiting: WaitingBytes?
    /// When the kernel was last seen to have no more than what was handed out since; nil where nothing is known of it.
    private var seenWithout: Int64?
    /// The stamp that all parts of the read share.
    private var shared: Stamp?
    /// When the last of what the last read found had come; nil when the kernel does not say it of all.
    private var lastFound: Int64?

    /// Most bytes of response headers; a server that sends more is no model server.
    static let headerByteLimit = 256 << 10
    /// Longest body that is handed to libcurl in one piece and so goes out in one write with the headers.
    static let singleWriteLimit = 32 << 10

    /// Bytes that were not there so long before they were read have their arrival known as well as by a stamp; nanoseconds.
    static let surelyNew: Int64 = 100_000
    /// How soon after the write a kept connection must break to count as one that the server had closed before; nanoseconds.
    static let staleConnectionWindow: Int64 = 100_000_000

    init(ticket: TransferTicket, request: StreamRequest, continuation: CheckedContinuation<TransferRecord, Never>) {
        self.ticket = ticket
        self.request = request
        self.continuation = continuation
        readsPlainText = !request.usesEnvironmentProxy && request.url.prefix(5).lowercased() == "http:"
        record = TransferRecord()
        firstTokenDeadline = request.firstTokenTimeout.map { ticket.started.addingClamped($0.wholeNanoseconds) }
    }

    /// Ends the request: what is known goes back to the caller.
    ///
    /// - Parameters:
    ///   - easy: what libcurl knows about it; nil when it never took it up.
    ///   - lag: longest time in which the loop did not look at its sockets meanwhile, in nanoseconds.
    func finish(_ failure: StreamFailure?, _ easy: consuming EasyHandle? = nil, lag: Int64? = nil, at ended: Int64) {
        if ready == nil { gathering?.settle() }
        if let easy {
            record.connected = easy.reusedConnection ? nil : ready
            record.status = easy.status
            record.phases = easy.phases
        }
        record.sent = sent
        record.loopLag = lag
        record.failure = failure
        // An answer that is whole was over when its last byte came, which need not be one of the body.
        record.ended = failure == nil ? lastFound.map { min(max($0, lastArrival), ended) } ?? ended : ended
        continuation.resume(returning: record)
    }

    /// Whether any byte of a response has come.
    var hasAnswer: Bool { !record.headerBytes.isEmpty }
    /// Whether a connection stood and the request was about to be written.
    var wasReady: Bool { ready != nil }

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
        } else {
            gathering?.settle()
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

    /// libcurl reads the socket next, and found there what the kernel says waits; nil when it says nothing.
    func beginRead(_ waiting: WaitingBytes?) {
        isReading = true
        self.waiting = waiting
        lastFound = waiting?.arrived
        seenWithout = nil
        shared = nil
    }

    /// How long nothing of the answer had come before these bytes, in nanoseconds.
    func gap(before waiting: WaitingBytes) -> Int64 { waiting.arrived - lastArrival }

    /// libcurl has read the socket.
    func endRead() {
        isReading = false
        waiting = nil
        shared = nil
    }

    /// One line of the headers, the line break included. False gives up.
    func receivedHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        let arrival = stamp(line.count)
        if line.starts(with: "HTTP/".utf8) {
            record.headers = nil  // What was complete before was an interim answer.
        } else if line.count <= 2, record.headers == nil {
            record.headers = arrival.at
        }
        record.headerBytes += line
        return record.headerBytes.count <= Self.headerByteLimit
    }

    /// A part of the body. False gives up.
    func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let arrival = stamp(bytes.count)
        let start = record.body.count
        guard start + bytes.count <= request.responseByteLimit else {
            exceededLimit = true
            return false
        }
        record.body.append(contentsOf: bytes)
        // Two parts that bear the same stamp came in one read.
        if let last = record.arrivals.last, last.at == arrival.at, last.clock == arrival.clock {
            record.arrivals[record.arrivals.count - 1].bytes = last.bytes.lowerBound..<record.body.count
        } else {
            record.arrivals.append(
                StreamArrival(at: arrival.at, bytes: start..<record.body.count, clock: arrival.clock))
        }
        request.watch?([UInt8](bytes))
        return true
    }

    /// When these bytes, the next ones of the answer, came: by the kernel's stamp where there is one, else now.
    private func stamp(_ count: Int) -> Stamp {
        // What is beyond the bytes that waited came after they were looked at. Chunk framing is not counted; it is shorter
        // than any event that could hide behind it.
        if let found = waiting, count > found.count {
            (waiting, shared, seenWithout) = (nil, nil, found.found)
        }
        waiting?.count -= count
        let isNew = seenWithout.map { MonotonicTime.now() - $0 <= Self.surelyNew } ?? false
        let clock: ArrivalClock = waiting != nil || isNew ? .kernel : .user
        if let shared, shared.clock == clock { return shared }
        if let waiting {
            // Nothing can be read before what is in front of it, and no answer comes before its request.
            lastArrival = max(min(waiting.arrived, waiting.found), lastArrival)
            record.readDelay.add(max(0, waiting.found - lastArrival))
        } else {
            lastArrival = MonotonicTime.now()
            lastFound = nil
        }
        let stamp = Stamp(at: lastArrival, clock: clock)
        shared = isReading ? stamp : nil
        return stamp
    }

    /// When a part of the answer came, and who says so.
    private struct Stamp {
        var at: Int64
        var clock: ArrivalClock
    }
}

extension Int64 {
    /// The sum, or the largest Int64 when it would be larger.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
