/// What a server counts of its answers, in the Prometheus text of vLLM and of llama.cpp.
struct ServerFigures: Sendable {
    /// Answers under way, and requests that wait for a slot.
    var running = 0
    var waiting = 0
    private var promptTokens = 0
    private var generatedTokens = 0
    private var promptSeconds = 0.0
    private var generationSeconds = 0.0
    /// Keyed by the reason for which the answers ended.
    private var ended: [String: Int] = [:]
    /// As it stands between quotation marks.
    private let modelName: String

    private var firstToken = Histogram(bounds: [
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ])
    private var interToken = Histogram(bounds: [
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ])
    private var queue = Histogram(bounds: Self.slowBounds)
    private var whole = Histogram(bounds: Self.slowBounds)

    private static let slowBounds = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960]

    init(modelName: String) {
        self.modelName = modelName.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    /// Counts an answer that is over.
    mutating func count(_ answer: PacedAnswer, _ chat: PacedAnswer.Chat) {
        let reason = answer.ending == "completed" ? chat.plan.finishReason : "abort"
        ended[reason, default: 0] += 1
        guard let first = answer.firstContent, let last = answer.written.last else { return }
        func seconds(_ from: Int64, _ to: Int64) -> Double { Double(to - from) / 1e9 }
        promptTokens += chat.plan.promptTokens
        generatedTokens += chat.plan.completionTokens
        promptSeconds += seconds(answer.begun, first)
        generationSeconds += seconds(first, last)
        firstToken.add(seconds(answer.received, first))
        queue.add(seconds(answer.received, answer.begun))
        whole.add(seconds(answer.received, last))
        for (gap, later) in zip(answer.written, answer.written.dropFirst()) { interToken.add(seconds(gap, later)) }
    }

    /// The metrics of vLLM that tell of speed and load.
    var vllm: String {
        let labels = #"engine="0",model_name="\#(modelName)""#
        func value(_ name: String, _ type: String, _ help: String, _ value: some CustomStringConvertible) -> String {
            "# HELP vllm:\(name) \(help)\n# TYPE vllm:\(name) \(type)\nvllm:\(name){\(labels)} \(value)\n"
        }
        func histogram(_ name: String, _ help: String, _ histogram: Histogram) -> String {
            "# HELP vllm:\(name) \(help)\n# TYPE vllm:\(name) histogram\n" + histogram.text("vllm:\(name)", labels)
        }
        let ends = ended.sorted { $0.key < $1.key }.map {
            "vllm:request_success_total{\(labels),finished_reason=\"\($0.key)\"} \($0.value)\n"
        }
        return value("num_requests_running", "gauge", "Requests in execution.", running)
            + value("num_requests_waiting", "gauge", "Requests that wait.", waiting)
            + value("kv_cache_usage_perc", "gauge", "Used share of the KV cache.", min(1, Double(running) * 0.01))
            + value("prompt_tokens_total", "counter", "Prompt tokens read.", promptTokens)
            + value("generation_tokens_total", "counter", "Tokens generated.", generatedTokens)
            + "# HELP vllm:request_success_total Answers that are over.\n# TYPE vllm:request_success_total counter\n"
            + ends.joined()
            + histogram("time_to_first_token_seconds", "Time to first token.", firstToken)
            + histogram("inter_token_latency_seconds", "Time between tokens.", interToken)
            + histogram("request_queue_time_seconds", "Time in the queue.", queue)
            + histogram("e2e_request_latency_seconds", "Time of a whole answer.", whole)
    }

    /// The metrics of llama.cpp.
    var llamaCpp: String {
        func rate(_ count: Int, _ seconds: Double) -> Double { seconds > 0 ? Double(count) / seconds : 0 }
        let metrics: [(String, String, String, String)] = [
            ("prompt_tokens_total", "counter", "Prompt tokens processed", "\(promptTokens)"),
            ("prompt_seconds_total", "counter", "Time spent on prompts", "\(promptSeconds)"),
            ("tokens_predicted_total", "counter", "Tokens generated", "\(generatedTokens)"),
            ("tokens_predicted_seconds_total", "counter", "Time spent on generating", "\(generationSeconds)"),
            ("prompt_tokens_seconds", "gauge", "Prompt tokens a second", "\(rate(promptTokens, promptSeconds))"),
            (
                "predicted_tokens_seconds", "gauge", "Generated tokens a second",
                "\(rate(generatedTokens, generationSeconds))"
            ),
            ("requests_processing", "gauge", "Requests processing", "\(running)"),
            ("requests_deferred", "gauge", "Requests deferred", "\(waiting)"),
        ]
        return metrics.map { name, type, help, value in
            "# HELP llamacpp:\(name) \(help)\n# TYPE llamacpp:\(name) \(type)\nllamacpp:\(name) \(value)\n"
        }.joined()
    }
}

/// How many values lie up to each of some bounds.
private struct Histogram: Sendable {
    let bounds: [Double]
    private var counts: [Int]
    private var count = 0
    private var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count)
    }

    mutating func add(_ value: Double) {
        count += 1
        sum += value
        if let index = bounds.firstIndex(where: { value <= $0 }) { counts[index] += 1 }
    }

    /// In Prometheus text, where each bucket holds those below it too.
    func text(_ name: String, _ labels: String) -> String {
        var running = 0
        var text = ""
        for (bound, count) in zip(bounds, counts) {
            running += count
            text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(running)\n"
        }
        return text + "\(name)_bucket{\(labels),le=\"+Inf\"} \(count)\n\(name)_sum{\(labels)} \(sum)\n"
            + "\(name)_count{\(labels)} \(count)\n"
    }
}
