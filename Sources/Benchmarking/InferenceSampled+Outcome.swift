import Crypto
import Events
import Foundation
import Streaming

extension InferenceSampled {
    /// What one request gave, read from its outcome: times from the run's anchor, chunks, counts and how it ended.
    ///
    /// - Parameters:
    ///   - intendedStart: when the schedule of an open loop meant to start it, on the monotonic clock; nil in a closed loop.
    ///   - streaming: whether pieces were asked for. Of an answer in one piece no first content is known.
    ///   - keepOutput: whether the text is kept beside its digest.
    init(
        _ outcome: StreamOutcome, anchor: RunAnchor, intendedStart: Int64? = nil, streaming: Bool, keepOutput: Bool
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
        clock = outcome.clock == .kernel ? .kernel : .user
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
            if let prompt = times.prompt { server.promptNs = prompt }
            if let decode = times.decode { server.decodeNs = decode }
        }

        if let status = outcome.status { httpStatus = UInt32(clamping: status) }
        finishReason = completion.finishReason ?? ""
        responseModel = completion.model ?? ""
        let text = completion.reasoning + completion.text
        outputBytes = UInt64(text.utf8.count)
        // Not beside a text that is kept: once that is erased, a guess at it could be checked by its digest.
        if keepOutput { outputText = text } else { outputDigest = Data(SHA256.hash(data: Data(text.utf8))) }
        if let failure = completion.failure ?? outcome.failure {
            error = ErrorClass(failure)
            errorMessage = failure.sentence
        }
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
