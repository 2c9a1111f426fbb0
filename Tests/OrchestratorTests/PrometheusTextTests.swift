import TestSupport
import Testing

@testable import Orchestrator

@Suite struct PrometheusTextTests {
    func samples(_ text: String) throws -> [PrometheusText.Sample] { try PrometheusText(Array(text.utf8)).samples }

    @Test func theFormatsOwnExampleIsRead() throws {
        // The example of the format's description, shortened, with its odd parts.
        let text = #"""
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            http_requests_total{method="post",code="400"}    3 1395066363000

            # Escaping in label values:
            msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

            # Minimalistic line:
            metric_without_timestamp_and_labels 12.47

            # A weird metric from before the epoch:
            something_weird{problem="division by zero"} +Inf -3982045

            # TYPE http_request_duration_seconds histogram
            http_request_duration_seconds_bucket{le="0.05"} 24054
            http_request_duration_seconds_bucket{le="+Inf"} 144320
            http_request_duration_seconds_sum 53423
            http_request_duration_seconds_count 144320

            # TYPE rpc_duration_seconds summary
            rpc_duration_seconds{quantile="0.01"} 3102
            rpc_duration_seconds_sum 1.7560473e+07

            """#

        let samples = try samples(text)

        #expect(
            samples.map(\.name) == [
                "http_requests_total", "http_requests_total", "msdos_file_access_time_seconds",
                "metric_without_timestamp_and_labels", "something_weird", "http_request_duration_seconds_bucket",
                "http_request_duration_seconds_bucket", "http_request_duration_seconds_sum",
                "http_request_duration_seconds_count", "rpc_duration_seconds", "rpc_duration_seconds_sum",
            ])
        #expect(samples[0].labels == ["method": "post", "code": "200"])
        #expect(samples[2].labels == ["path": #"C:\DIR\FILE.TXT"#, "error": "Cannot find file:\n\"FILE.TXT\""])
        #expect(
            samples.map(\.value) == [
                1027, 3, 1.458255915e9, 12.47, .infinity, 24054, 144320, 53423, 144320, 3102, 1.7560473e7,
            ])
        #expect(
            samples.map(\.kind) == [
                .counter, .counter, .untyped, .untyped, .untyped, .histogram, .histogram, .histogram, .histogram,
                .summary, .summary,
            ])
    }

    @Test(arguments: [
        ("a 1", 1.0), ("a -Inf", -.infinity), ("a inf", .infinity), ("a{} 1e3", 1000),
        ("a\t{ b = \"c\" , } \t0.5  ", 0.5),
        ("  a:b_1 2 3\r", 2), ("a{b=\"}\"} 4", 4), ("a{b=\"\"} -0", 0),
    ])
    func oddWaysOfWritingAreAllowed(_ line: String, _ value: Double) throws {
        #expect(try samples(line).map(\.value) == [value])
    }

    @Test func whatIsNoNumberIsKeptAsSuch() throws {
        let samples = try samples("llamacpp:predicted_tokens_seconds nan\nb NaN\n")

        #expect(samples.map(\.value.isNaN) == [true, true])
    }

    @Test(arguments: [
        ("a", "line 1 is not in Prometheus' text format: '' is no number"),
        ("a 1\n<html>", "line 2 is not in Prometheus' text format: a figure's name is missing"),
        ("a one", "line 1 is not in Prometheus' text format: 'one' is no number"),
        ("a 1 noon", "line 1 is not in Prometheus' text format: 'noon' is no time"),
        ("a 1 2 3", "line 1 is not in Prometheus' text format: something follows its time"),
        ("a{b} 1", "line 1 is not in Prometheus' text format: a label is not name=\"value\""),
        ("a{b=\"c} 1", "line 1 is not in Prometheus' text format: a label's value has no end"),
        ("a{b=\"c\"", "line 1 is not in Prometheus' text format: its labels have no end"),
        ("a{b=\"\\t\"} 1", "line 1 is not in Prometheus' text format: an escape is none of \\\\, \\\" and \\n"),
        ("a{b=\"1\",b=\"2\"} 1", "line 1 is not in Prometheus' text format: the label 'b' is there twice"),
        ("1a 1", "line 1 is not in Prometheus' text format: a figure's name is missing"),
    ])
    func otherTextIsRefusedWithItsLine(_ text: String, _ reason: String) {
        #expect(throws: PrometheusText.Fault(description: reason)) { try PrometheusText(Array(text.utf8)) }
    }

    @Test func aTextHasItsLimits() {
        let many = String(repeating: "a 1\n", count: PrometheusText.sampleLimit + 1)
        #expect(throws: PrometheusText.Fault(description: "it has more than 10000 figures")) {
            try PrometheusText(Array(many.utf8))
        }
        let long = [UInt8](repeating: UInt8(ascii: "#"), count: PrometheusText.byteLimit + 1)
        #expect(throws: PrometheusText.Fault(description: "it is longer than 4194304 bytes")) {
            try PrometheusText(long)
        }
    }

    @Test func noBytesMakeItTrap() {
        var random = SplitMix(state: 1)
        let seed = Array("# TYPE a histogram\na_bucket{le=\"+Inf\",b=\"\\n\"} 1e9 -3\n".utf8)
        for _ in 0..<20_000 {
            var text = seed
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                text[Int.random(in: text.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? PrometheusText(text)
        }
    }
}

/// Steele, Lea and Flood's generator: the same bytes at every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

@Suite struct ServerMetricsTests {
    @Test(arguments: [BackendKind.llamaCpp, .vllm, .openAI])
    func aServersOwnFiguresAreRead(_ kind: BackendKind) async throws {
        let text = "# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting{engine=\"0\"} 2.0\n"
        try await withBackend(kind, answer: { $0.path == "/metrics" ? .text(text) : nil }) { backend, server in
            let metrics = try await backend.metrics()

            #expect(
                metrics.samples == [
                    PrometheusText.Sample(
                        name: "vllm:num_requests_waiting", labels: ["engine": "0"], value: 2, kind: .gauge)
                ])
            #expect(server.received.first?.headers["accept"] == "text/plain; version=0.0.4")
        }
    }

    @Test func aServerThatDoesNotTellSaysWhy() async throws {
        let refusal = #"{"error":{"code":501,"message":"Start it with `--metrics`","type":"not_supported_error"}}"#
        try await withBackend(.llamaCpp, answer: { _ in .json(refusal, status: 501) }) { backend, _ in
            await #expect(throws: BackendError.self) { try await backend.metrics() }
            let error = await refusalOfMetrics(backend)
            #expect(error == "\(backend.endpoint) refused GET /metrics: HTTP 501, Start it with `--metrics`.")
        }
    }

    @Test func aServerOfAnotherKindIsNotAsked() async throws {
        try await withBackend(.ollama, [:]) { backend, server in
            let error = await refusalOfMetrics(backend)

            #expect(error == "Ollama at \(backend.endpoint) cannot tell its own figures at /metrics.")
            #expect(server.requests.isEmpty)
        }
    }

    @Test func aPageThatIsNoFiguresIsNamed() async throws {
        try await withBackend(.vllm, answer: { _ in .text("<html></html>", type: "text/html") }) { backend, _ in
            let error = await refusalOfMetrics(backend)

            #expect(
                error
                    == "Could not read GET /metrics of \(backend.endpoint): line 1 is not in Prometheus' text format: "
                    + "a figure's name is missing.")
        }
    }

    private func refusalOfMetrics(_ backend: any Backend) async -> String? {
        await refusal { () throws(BackendError) in try await backend.metrics() }?.description
    }
}
