import Benchmarking
import TestSupport
import Testing

struct TraceFileTests {
    private func read(_ text: String, unit: TraceFile.Unit? = nil) throws -> TraceFile {
        try withTemporaryFolder { folder in
            try text.write(toFile: folder + "/trace.jsonl", atomically: true, encoding: .utf8)
            return try TraceFile(path: folder + "/trace.jsonl", unit: unit)
        }
    }

    @Test func wholeTimestampsAreMilliseconds() throws {
        let trace = try read(
            """
            {"timestamp": 500, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47, 48]}

            {"timestamp": 530, "input_length": 6472, "output_length": 26, "hash_ids": [46, 47]}

            """)

        #expect(trace.unit == .milliseconds)
        #expect(trace.name == "trace.jsonl")
        #expect(trace.digest.hasPrefix("sha256:"))
        #expect(
            trace.requests == [
                Trace.Request(start: 0, promptTokens: 6955, maxTokens: 52),
                Trace.Request(start: 30_000_000, promptTokens: 6472, maxTokens: 26),
            ])
    }

    @Test func timestampsWithAFractionAreSecondsUnlessToldOtherwise() throws {
        let text = """
            {"chat_id": 2, "timestamp": 61.5, "input_length": 521, "output_length": 132}
            {"chat_id": 1, "timestamp": 61, "input_length": 0, "output_length": 0}
            """

        let trace = try read(text)

        #expect(trace.unit == .seconds)
        // In order of time; no request is empty.
        #expect(
            trace.requests == [
                Trace.Request(start: 0, promptTokens: 1, maxTokens: 1),
                Trace.Request(start: 500_000_000, promptTokens: 521, maxTokens: 132),
            ])
        #expect(try read(text, unit: .milliseconds).requests[1].start == 500_000)
    }

    @Test(arguments: [
        (
            #"{"timestamp": 1, "input_length": 2}"#,
            "2:1: 'output_length' is missing: the answer's length in tokens is expected."
        ),
        (
            #"{"timestamp": "x", "input_length": 2, "output_length": 1}"#,
            "2:15: 'timestamp' must be a number, found text."
        ),
        (
            #"{"timestamp": -1, "input_length": 2, "output_length": 1}"#,
            "2:15: 'timestamp' must be from 0.0 to 1000000000000000.0, found -1.0."
        ),
        (
            #"{"timestamp": 1, "input_length": 2.5, "output_length": 1}"#,
            "2:34: 'input_length' must be a whole number, found 2.5."
        ),
        (#"{"timestamp": 1, "#, "2:18: is not JSON: it ends too early."),
        ("[1]", "2:1: an object is expected here, found a list."),
    ])
    func aBadLineIsNamed(line: String, complaint: String) {
        let good = #"{"timestamp": 0, "input_length": 1, "output_length": 1}"#

        let error = #expect(throws: SuiteError.self) { try read("\(good)\n\(line)") }

        #expect(error?.description.hasSuffix("trace.jsonl:\(complaint)") == true, "\(String(describing: error))")
    }

    @Test func aFileThatIsNotThereOrEmptyIsNamed() throws {
        let missing = #expect(throws: SuiteError.self) { try TraceFile(path: "/no/such.jsonl") }
        #expect(missing?.description == "Could not read the trace /no/such.jsonl: there is no such file.")
        let long = #expect(throws: SuiteError.self) {
            try read(
                (0...1).map { #"{"timestamp": \#($0)e14, "input_length": 1, "output_length": 1}"# }.joined(
                    separator: "\n"))
        }
        #expect(
            long?.description.hasSuffix("its requests span more than a year; say what its timestamps count.") == true)
        let empty = #expect(throws: SuiteError.self) { try read("\n \n") }
        #expect(empty?.description.hasSuffix("there is no request in it.") == true)
    }

    @Test func itsRequestsAreAnOpenLoopAtTheMeanRate() throws {
        let trace = try read(
            (0..<4).map { #"{"timestamp": \#($0 * 300), "input_length": 9, "output_length": 1}"# }.joined(
                separator: "\n"))
        var settings = RunSettings()

        settings.take(trace, speed: 2)

        #expect(settings.isOpenLoop)
        #expect(settings.rates == [6.67])
        let scenario = try #require(Suite(trace).scenarios.first?.name)
        let requests = settings.trace?.requests[Trace.Place(scenario: scenario, level: .rate(6.67))]
        #expect(requests?.map(\.start) == [0, 150_000_000, 300_000_000, 450_000_000])
    }
}
