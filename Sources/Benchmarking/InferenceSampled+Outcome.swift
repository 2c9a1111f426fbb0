import Crypto
import Events
import Foundation
import Streaming

extension InferenceSampled {
    /// What one request gave, read from its outcome: times from the run's anchor, chunks, counts and how it ended.
    ///
    /// - Parameters:
    ///   - intendedStart: when the schedule of an open loop meant to start it, on the monotonic clock; nil in a closed loop.
    ///   - refill: nanoseconds from the end of the request before it to its start; nil where it did not wait for one.
    ///   - streaming: whether pieces were asked for. Of an answer in one piece no first content is known.
    ///   - keepOutput: whether the text is kept beside its digest.
    init(
        _ outcome: StreamOutcome, anchor: RunAnchor, intendedStart: Int64? = nil, refill: Int64? = nil, streaming: Bool,
        keepOutput: Bool
    ) {
        self.init()
        let completion = ChatCompletion(outcome)
        let since = { (time: Int64) in time - anchor.monotonic }

        intendedStartNs = since(intendedStart ?? outcome.started)
        startedNs = since(outcome.started)
        endedNs = since(outcome.ended)
        if let time = outcome.connected { connectedNs = since(time) }
        if let time = outcome.sent { sentNs = since(time) }
        if let time = outcome.headers { headersNs = since(time) }
        if let time = outcome.firstByte { firstByteNs = since(time) }
        if let phases = outcome.phases { connection = ConnectionTimes(phases) }
        client = ClientDelays(outcome, refill: refill)
        takeClocks(of: streaming ? completion.chunks.map(\.read) : [], in: outcome.arrivals)
        streamed = streaming
        if streaming {
            if let time = completion.firstContent { firstContentNs = since(time) }
            if let time = completion.lastContent { lastContentNs = since(time) }
            chunkArrivals = completion.chunks.map { since($0.at) }
            chunkSizes = Data(Varints.encode(completion.chunks.lazy.map { UInt64($0.bytes) }))
            contentChunks = UInt64(completion.chunks.count)
        }

        take(completion.usage, chunks: streaming ? completion.chunks.count : nil)
        if let times = completion.server {
            if let total = times.total { server.totalNs = total }
            if let load = times.load { server.loadNs = load }
            if let prompt = times.prompt { server.promptNs = prompt }
            if let decode = times.decode { server.decodeNs = decode }
        }

        if let status = outcome.status { httpStatus = UInt32(clamping: status) }
        finishReason = completion.finishReason ?? ""
        responseModel = completion.model ?? ""
        let text = completion.reasoning + completion.text + completion.toolCalls
        outputBytes = UInt64(text.utf8.count)
        // Not beside a text that is kept: once that is erased, a guess at it could be checked by its digest.
        if keepOutput { outputText = text } else { outputDigest = Data(SHA256.hash(data: Data(text.utf8))) }
        if let failure = completion.failure ?? outcome.failure {
            error = ErrorClass(failure)
            errorMessage = failure.sentence
        }
    }

    /// Whose clock the arrivals are read from, and what it can't tell.
    ///
    /// The clock is the kernel's when both ends are: the first and the last content, which TTFT and latency come from, or of an
    /// answer without chunks its first and last byte. Chunks between them that the kernel did not stamp are counted.
    ///
    /// - Parameter reads: of each content chunk the index of the arrival that completed it.
    private mutating func takeClocks(of reads: [Int], in arrivals: [StreamArrival]) {
        let first = reads.first.map { arrivals[$0] } ?? arrivals.first
        let last = reads.last.map { arrivals[$0] } ?? arrivals.last
        clock = first?.clock == .kernel && last?.clock == .kernel ? .kernel : .user
        if clock == .kernel { userStampedChunks = UInt64(reads.count { arrivals[$0].clock == .user }) }
        var runs: [UInt64] = []
        var (start, passedOver) = (0, 0)
        while start < reads.count {
            let end = reads[start...].firstIndex { $0 != reads[start] } ?? reads.count
            if end - start > 1 {
                runs += [UInt64(passedOver), UInt64(end - start)]
                passedOver = 0
            } else {
                passedOver += 1
            }
            start = end
        }
        sharedReadRuns = Data(Varints.encode(runs))
    }

    /// A request that the schedule meant to start and that was not sent, because so many were under way already.
    init(shedAt now: Int64, anchor: RunAnchor, intendedStart: Int64, streaming: Bool, maxInFlight: Int) {
        self.init()
        intendedStartNs = intendedStart - anchor.monotonic
        startedNs = now - anchor.monotonic
        endedNs = startedNs
        clock = .user
        streamed = streaming
        error = .shed
        errorMessage = "Not sent: \(maxInFlight) requests were in flight, and more were not allowed."
    }

    /// The server's counts where it gives them; else the chunks, labelled as chunks.
    private mutating func take(_ usage: TokenUsage?, chunks: Int?) {
        if let count = usage?.prompt { promptTokens = UInt64(count) }
        if let count = usage?.completion { completionTokens = UInt64(count) }
        if let count = usage?.reasoning { reasoningTokens = UInt64(count) }
        if let count = usage?.cached { cachedTokens = UInt64(count) }
        tokenSource = usage?.completion != nil ? .serverUsage : (chunks ?? 0) > 0 ? .chunks : .unknown
    }
}

extension ConnectionTimes {
    fileprivate init(_ phases: ConnectionPhases) {
        self.init()
        if let time = phases.nameLookup { nameLookupNs = time }
        if let time = phases.connected { connectNs = time }
        if let time = phases.tls { tlsNs = time }
        if let time = phases.ready { readyNs = time }
        if let time = phases.firstByte { firstByteNs = time }
        if let time = phases.total { totalNs = time }
    }
}

extension ClientDelays {
    fileprivate init(_ outcome: StreamOutcome, refill: Int64?) {
        self.init()
        reads = UInt64(outcome.readDelay.count)
        readDelaySumNs = outcome.readDelay.total
        readDelayMaxNs = outcome.readDelay.longest
        if let lag = outcome.loopLag { loopLagMaxNs = lag }
        if let refill { refillNs = refill }
    }
}

extension ErrorClass {
    /// The class that a failure is counted by.
    init(_ failure: StreamFailure) {
        self =
            switch failure.kind {
            case .connect: .connect
            case .http: .http
            case .protocol: .protocol
            case .timeout: .timeout
            case .streamError: .streamError
            case .truncated: .truncated
            case .cancelled: .cancelled
            }
    }
}
