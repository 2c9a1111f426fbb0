import Events
import Foundation

/// Reads what `llama-bench -o json` or `-o jsonl` prints: each repetition of a test becomes a sample.
///
/// There is no server and no stream: a sample has the engine's own time, and the tokens that it read and wrote in it. A test is a
/// scenario, named as llama-bench names it (`pp512`, `tg128 @ d4096`), with the settings in which tests of that name differ.
enum LlamaBench {
    private struct Test: Decodable {
        var build_commit: String?
        var build_number: Int?
        var cpu_info: String?
        var gpu_info: String?
        var backends: String?
        var model_filename: String
        var model_type: String?
        var model_size: UInt64?
        var n_prompt: UInt64
        var n_gen: UInt64
        var n_depth: UInt64?
        var test_time: String?
        var samples_ns: [UInt64]
        /// Members that are settings, as text.
        var settings: [String: String]

        private enum Known: String, CodingKey, CaseIterable {
            case build_commit, build_number, cpu_info, gpu_info, backends, model_filename, model_type, model_size
            case model_n_params, n_prompt, n_gen, n_depth, test_time, avg_ns, stddev_ns, avg_ts, stddev_ts, samples_ns
            case samples_ts
        }

        private struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let known = try decoder.container(keyedBy: Known.self)
            build_commit = try? known.decode(String.self, forKey: .build_commit)
            build_number = try? known.decode(Int.self, forKey: .build_number)
            cpu_info = try? known.decode(String.self, forKey: .cpu_info)
            gpu_info = try? known.decode(String.self, forKey: .gpu_info)
            backends = try? known.decode(String.self, forKey: .backends)
            model_filename = try known.decode(String.self, forKey: .model_filename)
            model_type = try? known.decode(String.self, forKey: .model_type)
            model_size = try? known.decode(UInt64.self, forKey: .model_size)
            n_prompt = try known.decode(UInt64.self, forKey: .n_prompt)
            n_gen = try known.decode(UInt64.self, forKey: .n_gen)
            n_depth = try? known.decode(UInt64.self, forKey: .n_depth)
            test_time = try? known.decode(String.self, forKey: .test_time)
            samples_ns = try known.decode([UInt64].self, forKey: .samples_ns)
            let all = try decoder.container(keyedBy: Name.self)
            settings = [:]
            for key in all.allKeys where Known(rawValue: key.stringValue) == nil {
                settings[key.stringValue] =
                    (try? all.decode(String.self, forKey: key))
                    ?? (try? all.decode(Bool.self, forKey: key)).map { "\($0)" }
                    ?? (try? all.decode(Double.self, forKey: key)).map {
                        "\($0 == $0.rounded() ? "\(Int64($0))" : "\($0)")"
                    }
            }
        }

        /// As llama-bench's own tables name it.
        var name: String {
            let test =
                switch (n_prompt, n_gen) {
                case (let prompt, 0): "pp\(prompt)"
                case (0, let generated): "tg\(generated)"
                default: "pp\(n_prompt)+tg\(n_gen)"
                }
            return test + (n_depth.map { $0 > 0 ? " @ d\($0)" : "" } ?? "")
        }

        var model: String { model_filename.split(separator: "/").last.map(String.init) ?? model_filename }
    }

    static func read(_ file: ImportedFile) throws(ImportError) -> ImportedHistory {
        let isList = file.bytes.first { $0 > 0x20 } == UInt8(ascii: "[")
        let tests = isList ? try file.decode([Test].self, from: file.bytes) : try file.decodeLines(Test.self)
        guard tests.allSatisfy({ $0.samples_ns.allSatisfy { $0 < 1_000_000_000_000_000 } }) else {
            throw file.unusable("a test has a time that nothing measured can be")
        }
        var models: [ModelIdentity] = []
        for test in tests where !models.contains(where: { $0.id == test.model }) { models.append(identity(test)) }
        var run = PeerRun(tool: "llama-bench", formulaSet: "llama-bench/1", suite: "llama-bench", models: models)
        run.streaming = false
        run.hardware = tests.first.map(hardware)
        let moments = tests.map { $0.test_time.flatMap(PeerTime.unix) }
        run.anchorUnixNs = moments.contains(nil) ? nil : moments.compactMap { $0 }.min()
        // Tests follow one another; where the file says when each began, that is when.
        var next: Int64 = 0
        for (test, moment) in zip(tests, moments) {
            if let moment, let anchor = run.anchorUnixNs { next = max(next, moment - anchor) }
            for (index, time) in test.samples_ns.enumerated() {
                run.samples.append(sample(test, scenario(of: test, among: tests), index, at: next, Int64(time)))
                next += Int64(time)
            }
        }
        return try run.history(of: file)
    }

    /// The test's name, with what tells it from others of that name.
    private static func scenario(of test: Test, among tests: [Test]) -> String {
        let alike = tests.filter { $0.name == test.name && $0.model == test.model }
        let differing = test.settings.keys.sorted().filter { key in Set(alike.map { $0.settings[key] }).count > 1 }
        guard !differing.isEmpty else { return test.name }
        return "\(test.name) (\(differing.map { "\($0) \(test.settings[$0] ?? "")" }.joined(separator: ", ")))"
    }

    private static func sample(_ test: Test, _ scenario: String, _ index: Int, at start: Int64, _ time: Int64)
        -> InferenceSampled
    {
        .with {
            $0.modelID = test.model
            $0.scenario = scenario
            $0.level = 1
            $0.iteration = UInt32(index)
            $0.intendedStartNs = start
            $0.startedNs = start
            $0.endedNs = start + time
            $0.clock = .imported
            $0.promptTokens = test.n_prompt
            $0.completionTokens = test.n_gen
            // It asked the engine for so many, and the engine made them.
            $0.tokenSource = .serverUsage
            $0.server = .with {
                $0.totalNs = time
                if test.n_gen == 0 { $0.promptNs = time }
                if test.n_prompt == 0 { $0.decodeNs = time }
            }
        }
    }

    private static func identity(_ test: Test) -> ModelIdentity {
        .with {
            ($0.id, $0.alias, $0.modelID, $0.backend) = (test.model, test.model, test.model, "imported")
            if let type = test.model_type { $0.variant = type }
            if let backends = test.backends { $0.executionProvider = backends }
            if let size = test.model_size { $0.sizeBytes = size }
            if let commit = test.build_commit {
                $0.runtimeVersion = "llama.cpp " + (test.build_number.map { "b\($0) " } ?? "") + "(\(commit))"
            }
        }
    }

    private static func hardware(_ test: Test) -> Hardware {
        .with {
            if let cpu = test.cpu_info, !cpu.isEmpty { $0.cpuModel = cpu }
            $0.gpus = (test.gpu_info ?? "").split(separator: ",").map { name in
                .with { $0.name = name.trimmingCharacters(in: .whitespaces) }
            }
        }
    }
}
