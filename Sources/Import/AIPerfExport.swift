import Events
import Foundation

/// Reads AIPerf's `profile_export.jsonl`: a request a line.
///
/// Its starts are on the wall clock, its waits on a monotonic one, both in nanoseconds. The model's name and the load stand in the
/// `…_aiperf.json` beside it; without that file the most requests at once stand for the load.
enum AIPerfExport {
    private struct Record: Decodable {
        struct Metadata: Decodable {
            /// Wall clock, ns since the epoch.
            var credit_issued_ns: Int64?
            var request_start_ns: Int64
            var request_ack_ns: Int64?
            var request_end_ns: Int64
            var turn_index: UInt32?
            var benchmark_phase: String?
            var phase_name: String?
            var was_cancelled: Bool?
        }
        struct Failure: Decodable {
            var code: UInt32?
            var type: String?
            var message: String?
        }
        var metadata: Metadata
        var metrics: [String: Metric]
        var error: Failure?
    }

    /// A number or a list of numbers, in the unit that it is shown in.
    private struct Metric: Decodable {
        var value: Double?
        var values: [Double]?

        private enum Keys: CodingKey { case value }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            value = try? container.decode(Double.self, forKey: .value)
            if value == nil { values = try? container.decode([Double].self, forKey: .value) }
        }
    }

    /// The part of `…_aiperf.json` that says what was asked for.
    private struct Summary: Decodable {
        struct Configuration: Decodable {
            struct Models: Decodable {
                struct Item: Decodable { var name: String }
                var items: [Item]?
            }
            struct Endpoint: Decodable {
                var urls: [String]?
                var streaming: Bool?
                var use_server_token_count: Bool?
            }
            struct Phase: Decodable {
                var name: String?
                var type: String?
                var concurrency: UInt32?
                var rate: Double?
            }
            var models: Models?
            var endpoint: Endpoint?
            var phases: [Phase]?
        }
        var input_config: Configuration?
    }

    static func read(_ file: ImportedFile) throws(ImportError) -> ImportedHistory {
        let records = try file.decodeLines(Record.self)
        guard let anchor = records.map(\.metadata.request_start_ns).min() else { throw file.unusable("it is empty") }
        let summaryName = file.name.replacing(#/\.jsonl$/#, with: "") + "_aiperf.json"
        let configuration = file.beside(summaryName).flatMap {
            try? JSONDecoder().decode(Summary.self, from: Data($0)).input_config
        }
        let name = configuration?.models?.items?.first?.name
        let model = PeerRun.model(name ?? "unknown", at: configuration?.endpoint?.urls?.first)
        var run = PeerRun(
            tool: "aiperf", formulaSet: "aiperf/1", suite: "aiperf profile", models: [model], anchorUnixNs: anchor)
        run.streaming =
            configuration?.endpoint?.streaming ?? records.contains { $0.metrics["time_to_first_token"] != nil }
        var samples: [InferenceSampled] = []
        for (index, record) in records.enumerated() {
            guard let sample = sample(record, anchor: anchor, configuration?.endpoint, streaming: run.streaming) else {
                throw file.unusable("line \(index + 1) has a time or a count that nothing measured can be")
            }
            samples.append(sample)
        }
        samples = PeerRun.numbered(samples)
        let most = PeerRun.mostAtOnce(samples)
        for index in samples.indices {
            let phase = configuration?.phases?.first { $0.name == samples[index].scenario }
            let rate = phase?.rate.flatMap { UInt64(exactly: ($0 * 1e6).rounded()) } ?? 0
            samples[index].modelID = model.id
            samples[index].rateMillionths = rate
            samples[index].level = rate > 0 ? 0 : phase?.concurrency ?? most
            if rate > 0 { run.arrivals = phase?.type == "constant" ? .constant : .poisson }
        }
        run.samples = samples
        if configuration == nil {
            run.notes.append(
                "\(summaryName) is not beside \(file.name): it would name the model and the load. \(most) requests at once were the most"
            )
        }
        return try run.history(of: file)
    }

    /// Nil when a time or a count can't be.
    private static func sample(
        _ record: Record, anchor: Int64, _ endpoint: Summary.Configuration.Endpoint?, streaming: Bool
    ) -> InferenceSampled? {
        let (metadata, metrics) = (record.metadata, record.metrics)
        let moments = [
            metadata.request_start_ns, metadata.request_end_ns, metadata.credit_issued_ns, metadata.request_ack_ns,
        ].compactMap { $0 }
        guard
            moments.allSatisfy({
                (1...4_000_000_000_000_000_000).contains($0) && abs($0 - anchor) < 1_000_000_000_000_000
            })
        else { return nil }
        func wait(_ name: String) -> Int64? { metrics[name]?.value.flatMap { PeerTime.nanoseconds(milliseconds: $0) } }
        func count(_ name: String) -> UInt64? { metrics[name]?.value.flatMap { UInt64(exactly: $0.rounded()) } }
        let start = metadata.request_start_ns - anchor
        let gaps = metrics["inter_chunk_latency"]?.values ?? []
        guard gaps.allSatisfy({ (0...1e9).contains($0) }) else { return nil }
        return .with {
            $0.scenario = metadata.phase_name ?? metadata.benchmark_phase ?? "profiling"
            $0.startedNs = start
            $0.intendedStartNs = (metadata.credit_issued_ns ?? metadata.request_start_ns) - anchor
            if let at = metadata.request_ack_ns { $0.headersNs = at - anchor }
            let latency = wait("request_latency")
            $0.endedNs = max(metadata.request_end_ns - anchor, start + (latency ?? 0))
            $0.warmup = metadata.benchmark_phase == "warmup"
            $0.streamed = streaming
            $0.clock = .imported
            if let latency { $0.lastContentNs = start + latency }
            if let first = wait("time_to_first_token") {
                $0.firstContentNs = start + first
                var at = $0.firstContentNs
                $0.chunkArrivals =
                    [at]
                    + gaps.map { gap in
                        at += Int64((gap * 1e6).rounded())
                        return at
                    }
                $0.contentChunks = UInt64(gaps.count) + 1
            }
            if let tokens = count("input_sequence_length") { $0.promptTokens = tokens }
            if let tokens = count("output_sequence_length") {
                $0.completionTokens = tokens
                let isServers = endpoint?.use_server_token_count ?? (count("usage_completion_tokens") == tokens)
                $0.tokenSource = isServers ? .serverUsage : .tokenizer
            }
            if let tokens = count("reasoning_token_count") { $0.reasoningTokens = tokens }
            if let tokens = count("usage_prompt_cache_read_tokens") { $0.cachedTokens = tokens }
            if let turn = metadata.turn_index, turn > 0 { $0.turn = turn }
            if metadata.was_cancelled == true {
                $0.error = .cancelled
            } else if let error = record.error {
                let isStatus = error.code.map { (400...599).contains($0) } ?? false
                $0.error = isStatus ? .http : .other
                if isStatus, let code = error.code { $0.httpStatus = code }
            }
            $0.errorMessage =
                record.error.map { [$0.type, $0.message].compactMap { $0 }.joined(separator: ": ") } ?? ""
        }
    }
}
