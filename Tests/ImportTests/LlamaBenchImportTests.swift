import DataFolder
import Events
import Foundation
import Import
import TestSupport
import Testing

/// What `llama-bench -o json` and `-o jsonl` print. No real output lies beside the project: these are made by its source,
/// `tools/llama-bench/llama-bench.cpp`, figures included.
struct LlamaBenchImportTests {
    private func test(
        prompt: Int = 0, generated: Int = 0, depth: Int = 0, threads: Int = 8, model: String = "models/q.gguf",
        figures: String
    ) -> String {
        #"{"build_commit":"8cf427ff","build_number":5163,"cpu_info":"AMD Ryzen 7","gpu_info":"GPU A, GPU B","backends":"CUDA","model_filename":"\#(model)","model_type":"qwen2 7B Q4_K - Medium","model_size":4677120000,"model_n_params":7615616512,"n_batch":2048,"n_threads":\#(threads),"use_mmap":true,"n_prompt":\#(prompt),"n_gen":\#(generated),"n_depth":\#(depth),"test_time":"2025-04-24T11:58:50Z",\#(figures)}"#
    }

    /// Of 512 prompt tokens.
    private let reading =
        #""avg_ns":110000000,"stddev_ns":10000000,"avg_ts":4680.404040,"stddev_ts":427.253958,"samples_ns":[100000000,110000000,120000000],"samples_ts":[5120,4654.55,4266.67]"#
    /// Of 128 generated tokens.
    private let writing =
        #""avg_ns":1000000000,"stddev_ns":0,"avg_ts":128.0,"stddev_ts":0.0,"samples_ns":[1000000000],"samples_ts":[128]"#

    @Test(arguments: [true, false])
    func itsFiguresAreComputedAgain(asLines: Bool) async throws {
        let tests = [test(prompt: 512, figures: reading), test(generated: 128, depth: 4096, figures: writing)]
        let text = asLines ? tests.joined(separator: "\n") : "[" + tests.joined(separator: ",\n") + "]"
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }

            let summary = try await installation.append(
                ImportedFile(bytes: Array(text.utf8), path: "bench").history())
            try installation.projector.catchUp()

            let rows = try installation.results().value
            let pp = try #require(rows.first { $0.scenario == "pp512" }?.metrics["llama-bench/1"])
            let tg = try #require(rows.first { $0.scenario == "tg128 @ d4096" }?.metrics["llama-bench/1"])
            #expect(summary.runs_added == 1)
            // It prints speeds to six places.
            for (name, theirs) in [
                ("avg_ns", 110_000_000), ("stddev_ns", 10_000_000), ("avg_ts", 4680.404040), ("stddev_ts", 427.253958),
            ] {
                let ours = try #require(pp[name] ?? nil)
                #expect(abs(ours - theirs) <= max(1e-9 * theirs, 5.1e-7), "\(name): \(ours), theirs \(theirs)")
            }
            #expect(tg["avg_ts"] == 128)
            #expect(tg["stddev_ts"] == 0)
            #expect(rows.allSatisfy { $0.ttft == nil && $0.token_source == "server_usage" })
            let run = try #require(try installation.runs().value.first)
            #expect(run.origin == "llama-bench")
            #expect(run.hardware_info?.cpu.brand == "AMD Ryzen 7")
        }
    }

    @Test func testsOfOneNameAreToldApartByWhatDiffers() throws {
        let text =
            test(prompt: 512, threads: 1, figures: reading) + "\n" + test(prompt: 512, threads: 2, figures: reading)
            + "\n"
            + test(generated: 128, threads: 1, figures: writing) + "\n"
            + test(prompt: 512, threads: 1, model: "other.gguf", figures: reading)

        let history = try ImportedFile(bytes: Array(text.utf8), path: "bench.jsonl").history()

        var scenarios: [String] = []
        var models: [String] = []
        for (_, event) in history.runs[0].events {
            if case .runRequested(let requested) = event {
                scenarios = requested.scenarios.map(\.name)
                models = requested.models.map(\.id)
            }
        }
        #expect(scenarios == ["pp512 (n_threads 1)", "pp512 (n_threads 2)", "tg128", "pp512"])
        #expect(models == ["q.gguf", "other.gguf"])
    }

    @Test func aTimeThatCannotBeIsRefused() {
        let text = test(prompt: 1, figures: #""samples_ns":[9000000000000000000]"#)

        let error = #expect(throws: ImportError.self) {
            try ImportedFile(bytes: Array(text.utf8), path: "bench.json").history()
        }
        #expect(error?.description.contains("nothing measured can be") == true)
    }
}
