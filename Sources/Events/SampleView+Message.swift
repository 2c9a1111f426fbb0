import Foundation

extension InferenceSampled {
    /// The message that this is the view of, without the fields that this build does not know. About a third faster than
    /// decoding it with SwiftProtobuf.
    public init(_ view: borrowing SampleView) {
        self.init()
        runID = String(view.runID)
        modelID = String(view.modelID)
        scenario = String(view.scenario)
        level = view.level
        iteration = view.iteration
        warmup = view.warmup
        intendedStartNs = view.intendedStartNs
        startedNs = view.startedNs
        if let time = view.connectedNs { connectedNs = time }
        if let time = view.sentNs { sentNs = time }
        if let time = view.headersNs { headersNs = time }
        if let time = view.firstByteNs { firstByteNs = time }
        if let time = view.firstContentNs { firstContentNs = time }
        if let time = view.lastContentNs { lastContentNs = time }
        endedNs = view.endedNs
        if !view.chunkGapsUs.isEmpty { chunkGapsUs = Data(view.chunkGapsUs) }
        if !view.chunkSizes.isEmpty { chunkSizes = Data(view.chunkSizes) }
        clock = view.clock
        if !view.finishReason.isEmpty { finishReason = String(view.finishReason) }
        if let status = view.httpStatus { httpStatus = status }
        error = view.error
        if !view.errorMessage.isEmpty { errorMessage = String(view.errorMessage) }
        if let count = view.promptTokens { promptTokens = count }
        if let count = view.completionTokens { completionTokens = count }
        if let count = view.reasoningTokens { reasoningTokens = count }
        if let count = view.cachedTokens { cachedTokens = count }
        tokenSource = view.tokenSource
        if view.server.isPresent { server = ServerTimings(view.server) }
        if !view.outputDigest.isEmpty { outputDigest = Data(view.outputDigest) }
        if !view.responseModel.isEmpty { responseModel = String(view.responseModel) }
        streamed = view.streamed
        outputBytes = view.outputBytes
        if let count = view.contentChunks { contentChunks = count }
        if let time = view.originalTtftNs { originalTtftNs = time }
        if view.keptOutput.isPresent { keptOutput = KeptText(view.keptOutput) }
        rateMillionths = view.rateMillionths
        cooldown = view.cooldown
        if view.connection.isPresent { connection = ConnectionTimes(view.connection) }
        if view.client.isPresent { client = ClientDelays(view.client) }
        if !view.sharedReadRuns.isEmpty { sharedReadRuns = Data(view.sharedReadRuns) }
        userStampedChunks = view.userStampedChunks
        if let index = view.promptIndex { promptIndex = index }
        if let number = view.conversation { conversation = number }
        if let number = view.turn { turn = number }
        if let count = view.askedPromptTokens { askedPromptTokens = count }
        if let count = view.maxTokens { maxTokens = count }
        if !view.chunkTimes.isEmpty { chunkTimes = Data(view.chunkTimes) }
    }
}

extension ServerTimings {
    fileprivate init(_ view: SampleView.Server) {
        self.init()
        if let time = view.totalNs { totalNs = time }
        if let time = view.loadNs { loadNs = time }
        if let time = view.promptNs { promptNs = time }
        if let time = view.decodeNs { decodeNs = time }
        if let time = view.queueNs { queueNs = time }
    }
}

extension ConnectionTimes {
    fileprivate init(_ view: SampleView.Connection) {
        self.init()
        if let time = view.nameLookupNs { nameLookupNs = time }
        if let time = view.connectNs { connectNs = time }
        if let time = view.tlsNs { tlsNs = time }
        if let time = view.readyNs { readyNs = time }
        if let time = view.firstByteNs { firstByteNs = time }
        if let time = view.totalNs { totalNs = time }
    }
}

extension ClientDelays {
    fileprivate init(_ view: SampleView.Client) {
        self.init()
        reads = view.reads
        readDelaySumNs = view.readDelaySumNs
        readDelayMaxNs = view.readDelayMaxNs
        if let time = view.loopLagMaxNs { loopLagMaxNs = time }
        if let time = view.refillNs { refillNs = time }
    }
}

extension KeptText {
    fileprivate init(_ view: SampleView.Kept) {
        self.init()
        if let bytes = view.text { text = String(bytes) }
        commitment = Data(view.commitment)
    }
}

extension String {
    /// Bytes that were found to be UTF-8.
    fileprivate init(_ bytes: SampleView.Bytes) { self.init(decoding: bytes, as: UTF8.self) }
}
