import Events
import Foundation

/// Reads GuideLLM's `benchmarks.json`: each of its benchmarks becomes a load level of one run.
///
/// It keeps each request's times to a quarter of a microsecond (`time.time()`, which can jump) and how many chunks came, not when.
/// Requests outside the measured window are warm-up or cool-down.
enum GuideLLMBenchmarks {
    struct File: Decodable {
        var benchmarks: [Benchmark]
        var config: Config?

        struct Config: Decodable { var spec: Spec? }
        struct Spec: Decodable {
            var backend: Backend?
            var data: [DataSource]?
        }
        struct DataSource: Decodable {
            var kind: String?
            var path: String?
        }
    }

    struct Backend: Decodable {
        var target: String?
        var model: String?
        var stream: Bool?
    }

    struct Benchmark: Decodable {
        struct Config: Decodable {
            var id_: String?
            var strategy: Strategy
            var backend: Backend?
            var prefer_response_metrics: Bool?
            var slo: Objective?
        }
        struct Strategy: Decodable {
            var type_: String
            var streams: UInt32?
            var max_concurrency: UInt32?
            var rate: Double?
        }
        struct Objective: Decodable {
            var ttft_ms: Double?
            var tpot_ms: Double?
            var e2el_ms: Double?
        }
        struct Requests: Decodable {
            var successful: [Request]
            var errored: [Request]
            var incomplete: [Request]
        }
        var config: Config
        var requests: Requests
        /// Of the measured window, s since the epoch.
        var start_time: Double
        var end_time: Double
    }

    struct Request: Decodable {
        struct Info: Decodable {
            var timings: Timings
            var turn_index: UInt32?
            var error: String?
        }
        /// s since the epoch.
        struct Timings: Decodable {
            var targeted_start: Double?
            var resolve_start: Double?
            var request_start: Double?
            var first_request_iteration: Double?
            var first_token_iteration: Double?
            var last_token_iteration: Double?
            var request_end: Double?
            var resolve_end: Double?
            var token_iterations: UInt64?
        }
        struct Usage: Decodable {
            var total_tokens: UInt64?
            var cached_tokens: UInt64?
        }
        var info: Info
        var input_metrics: Usage?
        var output_metrics: Usage?
        var output: String?
    }

    static func read(_ file: ImportedFile) throws(ImportError) -> ImportedHistory {
        let found = try file.decode(File.self, from: file.bytes)
        let times = found.benchmarks.flatMap { $0.allTimes }
        guard let anchor = times.min(), let unix = PeerTime.nanoseconds(seconds: anchor), times.max()! - anchor < 1e9
        else {
            throw file.unusable("it holds no request with a time, or one that no clock can show")
        }
        let backend = found.config?.spec?.backend ?? found.benchmarks.first?.config.backend
        let model = PeerRun.model(backend?.model ?? "unknown", at: backend?.target)
        var run = PeerRun(
            tool: "guidellm", formulaSet: "guidellm/1", suite: "guidellm", models: [model], anchorUnixNs: unix)
        run.streaming = backend?.stream ?? true
        if backend?.model == nil { run.notes.append("\(file.name) does not name the model") }
        let source = found.config?.spec?.data?.first
        let scenario = source?.path ?? source?.kind ?? "requests"
        var taken: [String: Int] = [:]
        for benchmark in found.benchmarks {
            var samples = PeerRun.numbered(
                GuideLLMSamples(benchmark, anchor: anchor, streaming: run.streaming).samples)
            let level = benchmark.level(of: samples)
            // Two benchmarks of one load, such as two traces, are two scenarios.
            let times = taken["\(level)", default: 0] + 1
            taken["\(level)"] = times
            for index in samples.indices {
                samples[index].modelID = model.id
                samples[index].scenario = times == 1 ? scenario : "\(scenario) (\(times))"
                (samples[index].level, samples[index].rateMillionths) = level
            }
            run.samples += samples
            if times == 1 { run.resultIDs[level.level] = benchmark.config.id_ }
            run.arrivals = benchmark.arrivals
            if let slo = benchmark.config.slo { run.objective = ServiceObjective(slo) }
        }
        return try run.history(of: file)
    }
}

extension GuideLLMBenchmarks.Benchmark {
    fileprivate var allRequests: [GuideLLMBenchmarks.Request] {
        requests.successful + requests.errored + requests.incomplete
    }

    fileprivate var allTimes: [Double] {
        allRequests.flatMap { request in
            let timings = request.info.timings
            return [
                hasSchedule ? timings.targeted_start : nil, timings.resolve_start, timings.request_start,
                timings.first_request_iteration, timings.first_token_iteration, timings.last_token_iteration,
                timings.request_end, timings.resolve_end,
            ].compactMap { $0 }
        }
    }

    /// Whether the starts were meant for a time, and not for when another request has ended.
    var hasSchedule: Bool { ["constant", "poisson", "trace"].contains(config.strategy.type_) }

    fileprivate var arrivals: Arrivals {
        switch config.strategy.type_ {
        case "constant": .constant
        case "poisson": .poisson
        case "trace": .recorded
        default: .none
        }
    }

    /// The load that was asked for; of a trace its own rate.
    fileprivate func level(of samples: [InferenceSampled]) -> (level: UInt32, rate: UInt64) {
        guard hasSchedule else {
            let asked =
                config.strategy.streams
                ?? (config.strategy.type_ == "synchronous" ? 1 : config.strategy.max_concurrency)
            return (asked ?? PeerRun.mostAtOnce(samples), 0)
        }
        let starts = samples.map(\.intendedStartNs)
        let span = Double((starts.max() ?? 0) - (starts.min() ?? 0)) / 1e9
        let own = span > 0 ? Double(samples.count - 1) / span : 1
        return (0, UInt64(exactly: ((config.strategy.rate ?? own) * 1e6).rounded()).map { max(1, $0) } ?? 1)
    }
}

extension ServiceObjective {
    fileprivate init(_ slo: GuideLLMBenchmarks.Benchmark.Objective) {
        self.init()
        share = 1
        if let ttft = slo.ttft_ms.flatMap({ PeerTime.nanoseconds(milliseconds: $0) }) { ttftNs = ttft }
        if let tpot = slo.tpot_ms.flatMap({ PeerTime.nanoseconds(milliseconds: $0) }) { tpotNs = tpot }
        if let latency = slo.e2el_ms.flatMap({ PeerTime.nanoseconds(milliseconds: $0) }) { latencyNs = latency }
    }
}
