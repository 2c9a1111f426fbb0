import Events

/// The numbers of a sample that are kept, as whole as the event has them. Their order is the order of the columns in a block.
enum SampleNumber: Int, CaseIterable {
    // Moments in ns since the run's anchor; but for the first, by how much they differ from it: such numbers are small.
    case started, intendedStart, connected, sent, headers, firstByte, firstContent, lastContent, ended
    case originalTTFT
    case promptTokens, askedPromptTokens, completionTokens, reasoningTokens, cachedTokens
    case contentChunks, outputBytes
    case error, tokenSource, clock
    case warmup, streamed, firstShared
    case iteration, turn, httpStatus
    case serverPrompt, serverDecode, serverLoad, serverTotal, serverQueue
    case clientReads, clientReadDelaySum, clientReadDelayMax, clientLoopLagMax, clientRefill
    /// How many arrivals of chunks are kept, the first of them in µs since the start, and how many sizes of chunks.
    case arrivals, firstArrival, sizes

    /// Whether its values are `Int64`.
    var isSigned: Bool {
        switch self {
        case .started, .intendedStart, .connected, .sent, .headers, .firstByte, .firstContent, .lastContent, .ended,
            .originalTTFT, .serverPrompt, .serverDecode, .serverLoad, .serverTotal, .serverQueue, .clientReadDelaySum,
            .clientReadDelayMax, .clientLoopLagMax, .clientRefill, .firstArrival:
            true
        default: false
        }
    }

    static let count = allCases.count
    static let areSigned = allCases.map(\.isSigned)
}

extension RowBuffer.Row {
    /// Writes what is kept of a sample but for its chunks.
    @inline(__always)
    mutating func put(_ sample: borrowing SampleView) {
        let started = sample.startedNs
        put(.started, started)
        put(.intendedStart, sample.intendedStartNs &- started)
        if let time = sample.connectedNs { put(.connected, time &- started) }
        if let time = sample.sentNs { put(.sent, time &- started) }
        if let time = sample.headersNs { put(.headers, time &- started) }
        if let time = sample.firstByteNs { put(.firstByte, time &- started) }
        if let time = sample.firstContentNs { put(.firstContent, time &- started) }
        if let time = sample.lastContentNs { put(.lastContent, time &- started) }
        put(.ended, sample.endedNs &- started)
        if let time = sample.originalTtftNs { put(.originalTTFT, time) }
        if let count = sample.promptTokens { put(.promptTokens, count) }
        if let count = sample.askedPromptTokens { put(.askedPromptTokens, UInt64(count)) }
        if let count = sample.completionTokens { put(.completionTokens, count) }
        if let count = sample.reasoningTokens { put(.reasoningTokens, count) }
        if let count = sample.cachedTokens { put(.cachedTokens, count) }
        if let count = sample.contentChunks { put(.contentChunks, count) }
        put(.outputBytes, sample.outputBytes)
        put(.error, UInt64(bitPattern: Int64(sample.error.rawValue)))
        put(.tokenSource, UInt64(bitPattern: Int64(sample.tokenSource.rawValue)))
        put(.clock, UInt64(bitPattern: Int64(sample.clock.rawValue)))
        put(.warmup, sample.warmup || sample.cooldown)
        put(.streamed, sample.streamed)
        put(.firstShared, VarintSequence(sample.sharedReadRuns).first == 0)
        put(.iteration, UInt64(sample.iteration))
        if let turn = sample.turn { put(.turn, UInt64(turn)) }
        if let status = sample.httpStatus { put(.httpStatus, UInt64(status)) }
        let server = sample.server
        if server.isPresent {
            if let time = server.promptNs { put(.serverPrompt, time) }
            if let time = server.decodeNs { put(.serverDecode, time) }
            if let time = server.loadNs { put(.serverLoad, time) }
            if let time = server.totalNs { put(.serverTotal, time) }
            if let time = server.queueNs { put(.serverQueue, time) }
        }
        let client = sample.client
        guard client.isPresent else { return }
        put(.clientReads, client.reads)
        if client.reads > 0 {
            put(.clientReadDelaySum, client.readDelaySumNs)
            put(.clientReadDelayMax, client.readDelayMaxNs)
        }
        if let time = client.loopLagMaxNs { put(.clientLoopLagMax, time) }
        if let time = client.refillNs { put(.clientRefill, time) }
    }

    @inline(__always)
    mutating func put(_ number: SampleNumber, _ value: UInt64) { put(number.rawValue, value) }

    @inline(__always)
    mutating func put(_ number: SampleNumber, _ value: Int64) { put(number.rawValue, UInt64(bitPattern: value)) }

    @inline(__always)
    mutating func put(_ number: SampleNumber, _ value: Bool) { put(number.rawValue, value ? 1 : 0) }
}

extension Sequence {
    @inline(__always)
    fileprivate var first: Element? {
        var iterator = makeIterator()
        return iterator.next()
    }
}
