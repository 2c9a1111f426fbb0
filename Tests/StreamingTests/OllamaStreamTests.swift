import Testing

@testable import Streaming

/// Answers of Ollama's own protocol: a JSON value a line, each string one read, 1 ms apart from 1 ms on.
@Suite struct OllamaStreamTests {
    static let last = """
        {"model":"llama3:latest","message":{"role":"assistant","content":""},"done":true,"done_reason":"length",\
        "total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":26,"prompt_eval_duration":342546000,\
        "eval_count":282,"eval_duration":4535599000}

        """

    static func line(_ message: String) -> String {
        #"{"model":"llama3:latest","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant",\#(message)},"done":false}"#
            + "\n"
    }

    static func completion(_ reads: [String], failure: StreamFailure? = nil) -> ChatCompletion {
        var body: [UInt8] = []
        var arrivals: [StreamArrival] = []
        for (index, read) in reads.enumerated() {
            arrivals.append(
                StreamArrival(at: Int64(index + 1) * 1_000_000, bytes: body.count..<body.count + read.utf8.count))
            body += read.utf8
        }
        return ChatCompletion(
            StreamOutcome(
                status: 200, contentType: "application/x-ndjson", framing: .ndjson, body: body, arrivals: arrivals,
                failure: failure))
    }

    @Test func textCountsAndTimesAreRead() {
        let answer = Self.completion([
            Self.line(#""content":"Par""#), String(Self.line(#""content":"is""#).dropLast(9)),
            "\":false}\n" + Self.last,
        ])

        #expect(answer.text == "Paris")
        #expect(answer.chunks.map(\.at) == [1_000_000, 3_000_000])
        #expect(answer.chunks.map(\.bytes) == [3, 2])
        #expect(answer.finishReason == "length")
        #expect(answer.usage == TokenUsage(prompt: 26, completion: 282))
        #expect(
            answer.server
                == ServerTimes(
                    total: 4_883_583_458, load: 1_334_875, prompt: 342_546_000, decode: 4_535_599_000))
        #expect(answer.model == "llama3:latest")
        #expect(answer.failure == nil)
    }

    @Test func thinkingIsKeptApart() {
        let answer = Self.completion([
            Self.line(#""content":"","thinking":"Hm""#), Self.line(#""content":"Yes""#), Self.last,
        ])

        #expect(answer.reasoning == "Hm")
        #expect(answer.text == "Yes")
        #expect(answer.chunks.map(\.bytes) == [2, 3])
    }

    @Test func anAnswerInOnePieceIsOneLineWithoutItsBreak() {
        let whole = Self.last.replacing(#""content":"""#, with: #""content":"Paris""#).dropLast()

        let answer = Self.completion([String(whole)])

        #expect(answer.text == "Paris")
        #expect(answer.usage?.completion == 282)
        #expect(answer.failure == nil)
    }

    @Test func anOldServerThatGivesNoReasonHasFinished() {
        let answer = Self.completion([
            Self.line(#""content":"Paris""#), #"{"model":"m","done":true,"eval_count":1}"# + "\n",
        ])

        #expect(answer.failure == nil)
        #expect(answer.finishReason == nil)
        #expect(answer.usage == TokenUsage(completion: 1))  // the prompt was cached and not counted
        #expect(answer.server == nil)
    }

    @Test func anErrorInTheStreamIsTold() {
        let answer = Self.completion([Self.line(#""content":"Par""#), #"{"error":"out of memory"}"# + "\n"])

        #expect(answer.failure?.kind == .streamError)
        #expect(answer.failure?.sentence == "the server reported an error: out of memory")
        #expect(answer.text == "Par")
    }

    @Test(arguments: [
        ([line(#""content":"Par""#)], StreamFailure.Kind.truncated, "no line of it says that it is done"),
        ([line(#""content":"Par""#), #"{"model":"m","mess"#], .truncated, "cut after 1 events"),
        ([line(#""content":"Par""#), "oops\n", last], .protocol, "line 2 of its stream is not JSON"),
        (["<html><title>Hi</title>"], .protocol, "it is an HTML page"), ([""], .protocol, "it is empty"),
        ([#"{"models":[]}"#], .protocol, "it is no answer of a chat"),
    ])
    func whatIsNoWholeAnswerSaysWhy(_ reads: [String], _ kind: StreamFailure.Kind, _ reason: String) {
        let failure = Self.completion(reads).failure

        #expect(failure?.kind == kind)
        #expect(failure?.sentence.contains(reason) == true, "\(failure?.sentence ?? "no failure")")
    }

    @Test func whatFollowsTheLastLineIsNoPartOfTheAnswer() {
        let answer = Self.completion([Self.line(#""content":"Paris""#), Self.last, Self.line(#""content":"!""#)])

        #expect(answer.text == "Paris")
        #expect(answer.failure == nil)
    }
}
