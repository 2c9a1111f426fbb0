import Events
import Foundation

/// Reads the result of `vllm bench serve --save-result --save-detailed`, of the Python client and of the one in Rust.
///
/// Its lists hold one entry a request. It keeps when each chunk with output came; the clock is `time.perf_counter` in Python and
/// counts from the run's beginning in Rust. Whether tokens were counted by the server, a tokenizer or as chunks it does not say.
enum VLLMBench {
    private struct File: Decodable {
        var date: String?
        var backend: String?
        var endpoint_type: String?
        var model_id: String?
        var request_rate: Rate?
        var burstiness: Double?
        var max_concurrency: UInt32?
        var duration: Double?
        var start_times: [Double]
        var ttfts: [Double]
        var itls: [[Double]]
        /// Older versions have none; it is the first wait and the gaps.
        var latencies: [Double]?
        var input_lens: [UInt64]
        var output_lens: [UInt64]
        var errors: [String?]
        var generated_texts: [String?]?
        /// Waits for the client's own limit of concurrency, s.
        var queue_times: [Double]?
        var server_queue_times: [Double?]?
    }

    /// Requests per second, or `"inf"`: all at once.
    private struct Rate: Decodable {
        var perSecond: Double?

        init(from decoder: any Decoder) throws {
            perSecond = try? decoder.singleValueContainer().decode(Double.self)
        }
    }

    static func read(_ file: ImportedFile) throws(ImportError) -> ImportedHistory {
        let found = try file.decode(File.self, from: file.bytes)
        let count = found.start_times.count
        let lengths = [
            found.ttfts.count, found.itls.count, found.input_lens.count, found.output_lens.count, found.errors.count,
            found.latencies?.count ?? count, found.generated_texts?.count ?? count, found.queue_times?.count ?? count,
            found.server_queue_times?.count ?? count,
        ]
        guard lengths.allSatisfy({ $0 == count }) else { throw file.unusable("its lists differ in length") }

        let rate = found.request_rate?.perSecond.flatMap { UInt64(exactly: ($0 * 1e6).rounded()) } ?? 0
        let origin = found.start_times.min() ?? 0
        var samples: [InferenceSampled] = []
        for index in 0..<count {
            guard let sample = sample(found, index, origin: origin, isOpenLoop: rate > 0) else {
                throw file.unusable("request \(index) has a time that nothing measured can be")
            }
            samples.append(sample)
        }
        samples = PeerRun.numbered(samples)

        let model = PeerRun.model(found.model_id ?? "unknown")
        var run = PeerRun(tool: "vllm", formulaSet: "vllm/1", suite: "vllm bench serve", models: [model])
        var level: UInt32 = 0
        if rate > 0 {
            run.arrivals = found.burstiness == 1 ? .poisson : .none
        } else if let limit = found.max_concurrency, limit > 0 {
            level = limit
        } else {
            level = PeerRun.mostAtOnce(samples)
            run.notes.append(
                "\(file.name) does not say how many requests were to be under way; \(level) at once were the most")
        }
        if found.model_id == nil { run.notes.append("\(file.name) does not name the model") }
        run.samples = samples.map { sample in
            var sample = sample
            (sample.modelID, sample.level, sample.rateMillionths) = (model.id, level, rate)
            return sample
        }
        // The date is that of the report, made when all was over.
        if let date = found.date.flatMap(moment), let duration = PeerTime.nanoseconds(seconds: found.duration ?? 0) {
            run.anchorUnixNs = date - duration
        }
        return try run.history(of: file)
    }

    /// Nil when a time can't be.
    private static func sample(_ file: File, _ index: Int, origin: Double, isOpenLoop: Bool) -> InferenceSampled? {
        let gaps = file.itls[index]
        let latency = file.latencies?[index] ?? gaps.reduce(file.ttfts[index], +)
        guard let start = PeerTime.nanoseconds(seconds: file.start_times[index] - origin),
            let first = PeerTime.nanoseconds(seconds: file.ttfts[index]),
            let length = PeerTime.nanoseconds(seconds: latency),
            let queued = PeerTime.nanoseconds(seconds: file.queue_times?[index] ?? 0),
            PeerTime.nanoseconds(seconds: gaps.reduce(0) { $0 + abs($1) }) != nil
        else { return nil }
        let error = file.errors[index] ?? ""
        return .with {
            $0.scenario = "requests"
            $0.startedNs = start
            $0.intendedStartNs = isOpenLoop ? start - queued : start
            $0.endedNs = start + max(0, length)
            $0.streamed = true
            $0.clock = .imported
            if !error.isEmpty { ($0.error, $0.errorMessage) = (.other, error) }
            // A request that failed before its first chunk has zeros.
            guard first > 0 else { return }
            $0.firstContentNs = start + first
            $0.lastContentNs = error.isEmpty ? $0.endedNs : $0.firstContentNs
            var sum = 0.0
            $0.chunkArrivals =
                [$0.firstContentNs]
                + gaps.map { gap in
                    sum += gap
                    return start + first + Int64((sum * 1e9).rounded())
                }
            $0.contentChunks = UInt64(gaps.count) + 1
            $0.promptTokens = file.input_lens[index]
            if error.isEmpty { $0.completionTokens = file.output_lens[index] }
            if let text = file.generated_texts?[index] { $0.outputBytes = UInt64(text.utf8.count) }
            if let queue = file.server_queue_times?[index].flatMap({ PeerTime.nanoseconds(seconds: $0) }) {
                $0.server = .with { $0.queueNs = queue }
            }
        }
    }

    /// Rust writes UTC. Python writes `20261124-181146` in the time of its machine, taken to be that of this one.
    private static func moment(_ text: String) -> Int64? {
        if let moment = PeerTime.unix(text) { return moment }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return format.date(from: text).flatMap { PeerTime.nanoseconds(seconds: $0.timeIntervalSince1970) }
    }
}
