import EventStore
import Events

/// One request to a model as it stands in the log. Its bytes are lent for the length of a call.
public struct LoggedSample: ~Copyable {
    /// The log that it is in.
    let source: String
    let position: Position
    /// ns since the epoch, UTC.
    let recordedAt: Int64
    let sample: SampleView
}

extension ExportTable where Row == LoggedSample {
    /// The samples. Times that end in `_ns` count from the run's start (see `InferenceSampled`); the arrivals of single chunks are
    /// left out: `flperf log export` has them.
    public static let samples = ExportTable(
        "samples",
        [
            Column("position", .integer) { .integer(Int64(clamping: $0.position)) }, .bytes("run_id") { $0.runID },
            .bytes("model_id") { $0.modelID },
            .bytes("scenario") { $0.scenario },
            .count("concurrency") { $0.rateMillionths > 0 ? nil : $0.level },
            Column("rate", .number) { row in
                row.sample.rateMillionths > 0 ? .number(Double(row.sample.rateMillionths) / 1e6) : .null
            },
            .count("iteration") { $0.iteration }, .flag("warmup") { $0.warmup }, .flag("cooldown") { $0.cooldown },
            Column("recorded_unix_ns", .integer) { .integer($0.recordedAt) },
            .count("intended_start_ns") { $0.intendedStartNs }, .count("started_ns") { $0.startedNs },
            .count("connected_ns") { $0.connectedNs }, .count("sent_ns") { $0.sentNs },
            .count("headers_ns") { $0.headersNs }, .count("first_byte_ns") { $0.firstByteNs },
            .count("first_content_ns") { $0.firstContentNs }, .count("last_content_ns") { $0.lastContentNs },
            .count("ended_ns") { $0.endedNs }, .count("original_ttft_ns") { $0.originalTtftNs },
            .constant("clock") { $0.clock.exportedName }, .flag("streamed") { $0.streamed },
            .count("content_chunks") { $0.contentChunks }, .count("output_bytes") { $0.outputBytes },
            .count("prompt_tokens") { $0.promptTokens }, .count("completion_tokens") { $0.completionTokens },
            .count("reasoning_tokens") { $0.reasoningTokens }, .count("cached_tokens") { $0.cachedTokens },
            .constant("token_source") { $0.tokenSource.exportedName }, .bytes("finish_reason") { $0.finishReason },
            .count("http_status") { $0.httpStatus }, .constant("error") { $0.error.exportedName },
            .bytes("error_message") { $0.errorMessage }, .bytes("response_model") { $0.responseModel },
            .count("server_total_ns") { $0.server.totalNs }, .count("server_load_ns") { $0.server.loadNs },
            .count("server_prompt_ns") { $0.server.promptNs }, .count("server_decode_ns") { $0.server.decodeNs },
            .count("server_queue_ns") { $0.server.queueNs }, .count("prompt_index") { $0.promptIndex },
            .count("conversation") { $0.conversation }, .count("turn") { $0.turn },
            .count("asked_prompt_tokens") { $0.askedPromptTokens }, .count("max_tokens") { $0.maxTokens },
        ])
}

extension ExportTable where Row == LoggedSample {
    /// The same of several logs, each of which counts its positions from 1.
    static let samplesOfSeveralLogs = ExportTable(
        samples.name, samples.columns + [Column("source", .text) { .text($0.source) }])

    /// The columns that tell the samples of an export apart.
    static func samples(of source: ExportSource) -> ExportTable {
        source.isOfSeveralLogs ? samplesOfSeveralLogs : samples
    }
}

extension Column where Row == LoggedSample {
    fileprivate static func count<Number: BinaryInteger & SendableMetatype>(
        _ name: String, _ read: @escaping @Sendable (borrowing SampleView) -> Number?
    ) -> Column {
        Column(name, .integer) { row in
            guard let value = read(row.sample) else { return .null }
            return .integer(Int64(clamping: value))
        }
    }

    fileprivate static func flag(
        _ name: String, _ read: @escaping @Sendable (borrowing SampleView) -> Bool
    ) -> Column {
        Column(name, .flag) { .flag(read($0.sample)) }
    }

    /// A text of the sample; an empty one is none.
    fileprivate static func bytes(
        _ name: String, _ read: @escaping @Sendable (borrowing SampleView) -> UnsafeRawBufferPointer
    ) -> Column {
        Column(name, .text) { row in
            let text = read(row.sample)
            return text.isEmpty ? .null : .bytes(text)
        }
    }

    fileprivate static func constant(
        _ name: String, _ read: @escaping @Sendable (borrowing SampleView) -> StaticString?
    ) -> Column {
        Column(name, .text) { row in
            guard let text = read(row.sample) else { return .null }
            return .bytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }
    }
}

extension ErrorClass {
    /// Nil of a request that gave a whole answer.
    var exportedName: StaticString? {
        switch self {
        case .none: nil
        case .connect: "connect"
        case .http: "http"
        case .protocol: "protocol"
        case .timeout: "timeout"
        case .streamError: "stream_error"
        case .truncated: "truncated"
        case .cancelled: "cancelled"
        case .shed: "shed"
        case .other, .UNRECOGNIZED: "other"
        }
    }
}

extension TokenSource {
    var exportedName: StaticString? {
        switch self {
        case .serverUsage: "server_usage"
        case .chunks: "chunks"
        case .tokenizer: "tokenizer"
        case .unknown, .UNRECOGNIZED: nil
        }
    }
}

extension StampClock {
    var exportedName: StaticString? {
        switch self {
        case .user: "user"
        case .kernel: "kernel"
        case .imported: "imported"
        case .unknown, .UNRECOGNIZED: nil
        }
    }
}
