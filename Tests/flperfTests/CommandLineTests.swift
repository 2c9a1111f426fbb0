import Foundation
import Simulator
import TestSupport
import Testing

/// The program itself, as a person calls it. One after another: each is a process that wants a core.
@Suite(.serialized) struct CommandLineTests {
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Beside the tests' own program.
    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("flperf").path

    static func flperf(_ arguments: String..., data: String) async throws -> Outcome {
        try await flperf(arguments: arguments, data: data)
    }

    /// A run of the simulator, as short as can be.
    static func measure(_ data: String) async throws {
        let run = try await flperf(
            "run", "--simulate", "--suite", "quick", "--iterations", "1", "--max-tokens", "2", data: data)
        #expect(run.status == 0, "\(run.errors)")
    }

    static func flperf(arguments: [String], data: String) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            // Waiting for a process blocks, and the other tests need the pool's threads.
            Thread.detachNewThread {
                continuation.resume(with: Result { try run(arguments, data: data) })
            }
        }
    }

    private static func run(_ arguments: [String], data: String) throws -> Outcome {
        let process = try background(arguments, data: data)
        return Outcome(status: process.wait(), output: process.output, errors: process.errors)
    }

    /// `flperf` until it is ended.
    static func background(_ arguments: [String], data: String) throws -> ChildProcess {
        try ChildProcess(program, arguments, environment: ["FLPERF_DATA": data, "PATH": ""])
    }

    @Test func aRunOfTheSimulatorEndsWithATableAndIsKept() async throws {
        try await withTemporaryFolder { data in
            let run = try await Self.flperf(
                "run", "--simulate", "--suite", "quick", "--iterations", "2", "--max-tokens", "4", "--concurrency",
                "1,2", data: data)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("Tokens/s"))
            #expect(run.output.contains("simulated"))
            #expect(run.errors.contains("built-in simulator"))

            let list = try await Self.flperf("runs", "list", data: data)
            #expect(list.output.contains("completed"))
            let export = try await Self.flperf("export", "latest", data: data)
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(export.output.utf8)) as? [String: Any])
            #expect((document["results"] as? [Any])?.count == 6)
            #expect(try await Self.flperf("log", "verify", data: data).status == 0)
            let check = try await Self.flperf("rebuild", "--check", data: data)
            #expect(check.status == 0, "\(check.output)")
            #expect(check.output.contains("No difference"))
            #expect(try await Self.flperf("rebuild", data: data).status == 0)
        }
    }

    @Test func aRunGoesOnUntilItsFiguresArePreciseAndSaysWhetherTheyAre() async throws {
        try await withTemporaryFolder { data in
            let run = try await Self.flperf(
                "run", "--simulate", "--suite", "quick", "--scenario", "Three Colours", "--max-tokens", "4",
                "--min-precision", "50%", "--max-iterations", "25", data: data)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("until ±50 %, at most 25 iterations"), "\(run.output)")
            #expect(
                run.output.contains(#/precision asked for, ±50.0 %, was (reached|not reached by)/#), "\(run.output)")
            #expect(run.output.contains(#/Three Colours +[0-9.]+ ±[0-9.]+ +[0-9.]+ ±/#), "\(run.output)")
            #expect(run.output.contains("failed requests are in no latency"))
            #expect(run.output.contains("P99 100"))

            let infinite = try await Self.flperf("runs", "show", "latest", "--failures", "infinite", data: data)
            #expect(infinite.output.contains("failed requests count as infinite latency"), "\(infinite.output)")
            let original = try await Self.flperf(
                "runs", "show", "latest", "--failures", "infinite", "--formulas", "flperformance/1", data: data)
            #expect(original.output.contains("the set knows no other way"), "\(original.output)")
        }
    }

    @Test func anOpenLoopShowsTheRateThatWasReachedBesideTheOneAskedFor() async throws {
        try await withTemporaryFolder { data in
            let run = try await Self.flperf(
                "run", "--simulate", "--suite", "quick", "--rate", "50,100", "--duration", "50ms", "--max-tokens", "2",
                "--arrivals", "constant", "--cooldown", "1", data: data)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("50 ms a level, open loop (constant arrivals)"), "\(run.output)")
            #expect(run.output.contains(#/Rate/s +Sent/s +Shed +In flight/#), "\(run.output)")
            #expect(run.output.contains("warm-up and cool-down left out"))
            #expect(run.output.contains("latencies count from the intended start"))
            let check = try await Self.flperf("rebuild", "--check", data: data)
            #expect(check.output.contains("No difference"), "\(check.output)")
        }
    }

    /// Arguments, exit status, and what the sentence must name.
    static let refusals: [([String], Int32, String)] = [
        (["run", "--suite", "nobody", "--simulate"], 1, "Unknown suite 'nobody'"),
        (["run", "--simulate", "--model", "nobody"], 1, "Unknown model 'nobody'"),
        (["run", "--simulate", "--suite", "quick", "--scenario", "nobody"], 1, "Unknown scenario 'nobody'"),
        (["run", "--simulate", "--iterations", "0"], 64, "'--iterations' must be from 1"),
        (["run", "--simulate", "--concurrency", "1,x"], 64, "'--concurrency' takes whole numbers"),
        (["run", "--simulate", "--rate", "2,fast"], 64, "'--rate' takes requests per second such as 2 or 0.5,1,2"),
        (
            ["run", "--simulate", "--rate", "0"], 64,
            "'--rate' must be from 0.001 to 10000 requests per second, found 0"
        ),
        (["run", "--simulate", "--rate", "1", "--concurrency", "2"], 64, "'--rate' and '--concurrency' exclude each"),
        (["run", "--simulate", "--arrivals", "poisson"], 64, "'--arrivals' is for an open loop: give '--rate' too"),
        (["run", "--simulate", "--max-in-flight", "2"], 64, "'--max-in-flight' is for an open loop"),
        (["run", "--simulate", "--rate", "1", "--max-in-flight", "0"], 64, "'--max-in-flight' must be from 1 to 4096"),
        (["run", "--simulate", "--rate", "1", "--arrivals", "bursts"], 64, "poisson"),
        (
            ["run", "--simulate", "--duration", "1s", "--iterations", "2"], 64,
            "'--iterations' and '--duration' exclude"
        ),
        (["run", "--simulate", "--duration", "0s"], 64, "'--duration' must be longer than 0: no request starts"),
        (["run", "--simulate", "--min-precision", "80%"], 64, "'--min-precision' must be from 0.1% to 50%, found 80%"),
        (["run", "--simulate", "--min-precision", "2"], 64, "min-precision"),
        (
            ["run", "--simulate", "--max-iterations", "9"], 64,
            "'--max-iterations' is for '--min-precision': give that too"
        ),
        (["run", "--simulate", "--failures", "never"], 64, "left-out"),
        (["run", "--simulate", "--cooldown", "10001"], 64, "'--cooldown' must be from 0 to 10000"),
        (["run", "--simulate", "--resource-interval", "1ms"], 64, "'--resource-interval' must be from 50ms to 60s"),
        (["run", "--simulate", "--sweep", "rate"], 64, "'--sweep' needs an objective to keep: give '--slo' too"),
        (
            ["run", "--simulate", "--sweep", "rate", "--slo", "ttft=1s", "--rate", "1"], 64,
            "'--rate' and '--sweep' exclude each other: a sweep chooses the levels itself"
        ),
        (
            ["run", "--simulate", "--sweep", "rate", "--slo", "ttft=1s", "--min-precision", "2%"], 64,
            "'--min-precision' and '--sweep' exclude each other"
        ),
        (["run", "--simulate", "--sweep-levels", "4"], 64, "'--sweep-levels' is for a sweep"),
        (["run", "--simulate", "--slo", "ttft"], 64, "'--slo' takes limits such as ttft=300ms"),
        (["run", "--simulate", "--slo", "ttft=1"], 64, "'--slo ttft' must be a duration such as 300ms"),
        (["run", "--simulate", "--slo", "itl=1s"], 64, "'--slo' takes ttft, tpot, latency and share, found 'itl'"),
        (["run", "--simulate", "--slo", "ttft=1s,ttft=2s"], 64, "'--slo' has 'ttft' twice"),
        (["run", "--simulate", "--slo", "share=90%"], 64, "'--slo' has no limit"),
        (["run", "--simulate", "--slo", "ttft=1s,share=101%"], 64, "'--slo share' must be above 0 and at most 100%"),
        (["run", "--simulate", "--slo", "ttft=1s", "--no-streaming"], 64, "'--no-streaming' leaves unknown"),
        (["run", "--simulate", "--ramp", "0s"], 64, "'--ramp' must be longer than 0"),
        (
            ["run", "--simulate", "--trace", "/nowhere.jsonl"], 1,
            "Could not read the trace /nowhere.jsonl: there is no"
        ),
        (["run", "--simulate", "--trace", "t", "--suite", "quick"], 64, "'--trace' and '--suite' exclude each other"),
        (["run", "--simulate", "--speed", "2"], 64, "'--speed' is for a trace"),
        (["rerun", "nobody"], 1, "Unknown run 'nobody'"),
        (["run", "--simulate", "--parallel-models", "0"], 64, "'--parallel-models' must be from 1 to 64, found 0"),
        (["run", "--simulate", "--restart-on-failure", "101"], 64, "'--restart-on-failure' must be from 0 to 100"),
        (
            ["run", "--simulate", "--restart-command", "true"], 64,
            "'--restart-command' is for '--restart-on-failure': give that too"
        ),
        (
            ["run", "--endpoint", "http://127.0.0.1:1", "--api-key-env", "A", "--api-key-env", "B"], 64,
            "'--api-key-env' is given 2 times for 1 of '--endpoint'"
        ),
        (["run", "--simulate", "--until", "3d"], 64, "'--until' is for '--every': give that too"),
        (["run", "--simulate", "--every", "10ms"], 64, "'--every' must be from 1s to 366d"),
        (
            ["run", "--simulate", "--every", "1h", "--until", "2001-01-01T00:00"], 64,
            "'--until' must be later than now"
        ),
        (["run", "--simulate", "--every", "1h", "--until", "2026-02-30T00:00"], 64, "until"),
        (["schedules", "end", "nobody"], 1, "Unknown schedule 'nobody'"),
        (["run", "--endpoint", "http://127.0.0.1:1"], 69, "127.0.0.1:1"),
        (["run", "--endpoint", "ftp://127.0.0.1"], 1, "ftp"),
        (["runs", "show", "nobody"], 1, "Unknown run 'nobody'"), (["export", "nobody"], 1, "Unknown run 'nobody'"),
        (["models", "remove", "nobody"], 1, "Unknown model 'nobody'"),
        (["import", "/nowhere.json"], 1, "/nowhere.json"),
        (["rebuild", "nobody"], 1, "Unknown projection 'nobody'"),
        (["replay", "nobody"], 1, "Unknown run 'nobody'"), (["replay", "x", "--speed", "0"], 64, "--speed"),
        (["log", "show", "--type", "Nothing"], 64, "Unknown event type"),
        (["log", "export", "--since", "yesterday"], 64, "24h, 7d back from now"),
        (["log", "export", "--from", "4", "--to", "2"], 64, "'--to' 2 lies before '--from' 4"),
        (["log", "export", "--format", "tlog-tiles", "--to", "2", "x"], 64, "takes no filter"),
        (["log", "export", "/"], 1, "There is no log"), (["log", "import", "/nowhere.jsonl"], 1, "/nowhere.jsonl"),
        (["suites", "show", "nobody"], 1, "Unknown suite"), (["serve", "--host", "0.0.0.0"], 1, "0.0.0.0"),
        (["run", "--timeout", "soon"], 64, "timeout"), (["nonsense"], 64, "nonsense"),
        (["run", "--timeout", "0s", "--simulate"], 64, "'--timeout' must be longer than 0"),
        (["runs", "list", "--data", ""], 64, "'--data' is empty"), (["log", "tail", "--from", "0"], 64, "'--from'"),
    ]

    @Test(arguments: refusals)
    func badInputIsRefusedBySentenceAndStatus(arguments: [String], status: Int32, sentence: String) async throws {
        try await withTemporaryFolder { data in
            let process = try await Self.flperf(arguments: arguments, data: data)
            #expect(process.status == status, "\(arguments): \(process.errors)")
            #expect(process.errors.contains(sentence), "\(arguments): \(process.errors)")
            #expect(process.output.isEmpty)
        }
    }

    @Test func aFaultyFolderIsNamed() async throws {
        let outcome = try await Self.flperf("runs", "list", data: "/proc/flperf")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("/proc/flperf"))
        #expect(outcome.errors.contains("--data"))
    }

    @Test func aFileInTheWayOfAFolderIsNamed() async throws {
        try await withTemporaryFolder { folder in
            try "x".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
            for data in ["/file", "/file/inside"] {
                let outcome = try await Self.flperf("runs", "list", data: folder + data)
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains(folder + data + ": a file stands where a folder should"))
            }
        }
    }

    @Test func anAddressInUseIsRefusedWithTheSystemsWords() async throws {
        let simulator = try Simulator(SimulatorConfiguration())
        try await withTemporaryFolder { data in
            let outcome = try await Self.flperf("serve", "--port", "\(simulator.port)", data: data)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("\(simulator.port): Address already in use. Stop what listens there"))
        }
    }

    @Test func outputThatDoesNotArriveIsAFailure() async throws {
        for (target, status, sentence) in [
            (">/dev/full", 1, "No space left on device"), (">&-", 1, "Bad file descriptor"), ("| head -1", 0, ""),
        ] {
            try withTemporaryFolder { data in
                let process = try ChildProcess(
                    "/bin/bash",
                    ["-o", "pipefail", "-c", "'\(Self.program)' formulas show standard/1 \(target)"])
                let ended = process.wait()
                let text = process.errors
                #expect(ended == status, "\(target): \(text)")
                #expect(sentence.isEmpty ? text.isEmpty : text.contains(sentence), "\(target): \(text)")
            }
        }
    }

    @Test func aNameOfAnyLengthCanBeMeasured() async throws {
        try await withTemporaryFolder { data in
            let suite = data + "/long.json"
            let name = String(repeating: "n", count: 3_000)
            try #"{"name": "\#(name)", "scenarios": [{"name": "\#(name)", "prompt": "p", "max_tokens": 1}]}"#
                .write(toFile: suite, atomically: true, encoding: .utf8)
            let run = try await Self.flperf("run", "--simulate", "--suite", suite, "--iterations", "1", data: data)
            #expect(run.status == 0, "\(run.errors)")
            #expect(try await Self.flperf("runs", "list", data: data).status == 0)
        }
    }

    /// A name stands in its event, a prompt beside it.
    @Test(arguments: [
        ("Capital of France", "its checksum is wrong"),
        ("What is the capital of France?", "one of its texts is not the one that was recorded"),
    ])
    func aDamagedEventIsNamedAndTheOthersAreLookedAt(needle: String, reason: String) async throws {
        try await withTemporaryFolder { data in
            let run = ["run", "--simulate", "--suite", "quick", "--iterations", "1", "--max-tokens", "2"]
            #expect(try await Self.flperf(arguments: run, data: data).status == 0)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: data + "/log/data.mdb"))
            // In every copy of the page: older ones lie about.
            for place in bytes.ranges(of: Array(needle.utf8)) { bytes[place.lowerBound] ^= 1 }
            try bytes.write(to: URL(fileURLWithPath: data + "/log/data.mdb"))

            let verify = try await Self.flperf("log", "verify", data: data)

            #expect(verify.status == 4)
            #expect(verify.output.contains(#/^event \d+: /#) && verify.output.contains(reason), "\(verify.output)")
            #expect(verify.errors.contains(" in the log of \(data)"), "\(verify.errors)")
        }
    }

    @Test func everyCommandHasHelpWithAnExample() async throws {
        let commands = [
            ["run"], ["rerun"], ["serve"], ["runs", "list"], ["runs", "show"], ["export"], ["import"],
            ["models", "list"],
            ["models", "available"],
            ["models", "add"], ["models", "remove"], ["suites", "list"], ["suites", "show"], ["suites", "check"],
            ["log", "show"],
            ["log", "tail"], ["log", "verify"], ["log", "checkpoint"], ["log", "prove"], ["log", "check"], ["rebuild"],
            ["simulate"], ["doctor"], ["replay"], ["results"], ["formulas", "show"], ["bench", "resources"],
        ]
        for command in commands {
            let help = try await Self.flperf(arguments: command + ["--help"], data: "/nonexistent")
            #expect(help.status == 0)
            #expect(help.output.contains("Example"), "\(command)")
        }
    }

    @Test func theCostOfWatchingResourcesIsTold() async throws {
        let outcome = try await Self.flperf(
            "bench", "resources", "--readings", "1", "--rounds", "1", "--json", data: "/nonexistent")

        let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let cost = try #require(report["reading_us"] as? Double)
        #expect(cost > 0)
        #expect(abs((report["core_percent"] as? Double ?? 0) - cost / 250_000 * 100) < 1e-9)
    }

    @Test func doctorTellsWhereEachSettingComesFrom() async throws {
        try await withTemporaryFolder { data in
            let outcome = try await Self.flperf("doctor", "--json", data: data)
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
            let settings = try #require(report["settings"] as? [String: [String: String]])
            #expect(settings["data"] == ["value": data, "origin": "FLPERF_DATA"])
        }
    }
}
