import Testing

@testable import Streaming

/// An outcome of a stream, each string one read, 1 ms apart from 1 ms on.
private func stream(
    _ reads: [String], status: Int = 200, type: String? = "text/event-stream",
    framing: StreamRequest.Framing = .serverSentEvents, failure: StreamFailure? = nil
) -> StreamOutcome {
    var body: [UInt8] = []
    var arrivals: [StreamArrival] = []
    for (index, read) in reads.enumerated() {
        let start = body.count
        body += read.utf8
        arrivals.append(StreamArrival(at: Int64(index + 1) * 1_000_000, bytes: start..<body.count))
    }
    return StreamOutcome(
        status: status, contentType: type, framing: framing, body: body, arrivals: arrivals, failure: failure)
}

private func event(_ json: String) -> String { "data: \(json)\n\n" }
private let done = event("[DONE]")
private let stop = event(#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)
private func content(_ text: String) -> String { event(#"{"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"#) }

/// What a server sends and what it comes to.
struct Quirk: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var reads: [String]
    var text: String
    /// When each chunk came, in ms, and its bytes.
    var chunks: [[Int]]
    var finish: String? = "stop"
    var usage: TokenUsage?
    var failure: StreamFailure.Kind?

    static let all = [
        Quirk(
            testDescription: "Foundry 2: role-only chunk with empty content, usage on request",
            reads: [
                event(#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#),
                content("Par"),
                content("is"), stop,
                event(#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#) + done,
            ], text: "Paris", chunks: [[2, 3], [3, 2]], usage: TokenUsage(prompt: 9, completion: 3)),
        Quirk(
            testDescription: "llama.cpp: content null first, comments, several events in one read",
            reads: [
                ": ping\n\n", event(#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#),
                content("a") + content("b"),
                "data: {\"choices\":[{\"delta\":", "{\"content\":\"c\"}}]}\n", "\n" + stop + done,
            ], text: "abc", chunks: [[3, 1], [3, 1], [6, 1]]),
        Quirk(
            testDescription: "transformers: no content key, usage in the finish chunk, no [DONE]",
            reads: [
                event(#"{"choices":[{"delta":{"role":"assistant"}}]}"#), content("a"),
                event(
                    #"{"choices":[{"delta":{},"finish_reason":"length"}],"usage":{"prompt_tokens":4,"completion_tokens":1}}"#
                ),
            ], text: "a", chunks: [[2, 1]], finish: "length", usage: TokenUsage(prompt: 4, completion: 1)),
        Quirk(
            testDescription: "Foundry 1: message beside delta, cumulative usage, split escapes, empty events",
            reads: [
                event(
                    #"{"choices":[{"delta":{"content":"\ud83d"},"message":{"content":"\ud83d"}}],"usage":{"prompt_tokens":5,"completion_tokens":1},"IsDelta":true,"Successful":true,"HttpStatusCode":0}"#
                ),
                event(
                    #"{"choices":[{"message":{"content":"\ude00"},"delta":{"content":"\ude00"}}],"usage":{"prompt_tokens":5,"completion_tokens":2},"IsDelta":true}"#
                ),
                event(#"{"choices":[{"delta":{"content":""},"finish_reason":""}],"IsDelta":true}"#),
                event(#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3}}"#) + done,
            ], text: "😀", chunks: [[1, 0], [2, 4]], finish: nil, usage: TokenUsage(prompt: 5, completion: 3)),
        Quirk(
            testDescription: "llama-cpp-python cut by a second request: [DONE] without finish_reason",
            reads: [content("a"), done], text: "a", chunks: [[1, 1]], finish: nil, failure: .truncated),
        Quirk(
            testDescription: "an end with neither", reads: [content("a")], text: "a", chunks: [[1, 1]], finish: nil,
            failure: .truncated),
        Quirk(
            testDescription: "headers and no byte", reads: [], text: "", chunks: [], finish: nil, failure: .truncated),
        Quirk(testDescription: "an empty stream, ended well", reads: [stop + done], text: "", chunks: []),
        Quirk(
            testDescription: "Foundry 2: an error object and no [DONE]",
            reads: [content("a"), event(#"{"error":{"message":"boom","code":null}}"#)], text: "a", chunks: [[1, 1]],
            finish: nil,
            failure: .streamError),
        Quirk(
            testDescription: "transformers: an error string", reads: [event(#"{"error":"boom"}"#)], text: "",
            chunks: [],
            finish: nil, failure: .streamError),
        Quirk(
            testDescription: "an event named error", reads: ["event: error\ndata: boom\n\n"], text: "", chunks: [],
            finish: nil,
            failure: .streamError),
        Quirk(
            testDescription: "error null is none",
            reads: [event(#"{"error":null,"choices":[{"delta":{"content":"a"}}]}"#), stop],
            text: "a", chunks: [[1, 1]]),
        Quirk(
            testDescription: "an event that is no JSON", reads: [content("a"), event("oops"), stop + done], text: "a",
            chunks: [[1, 1]], failure: .protocol),
        Quirk(
            testDescription: "HTML under 200", reads: ["<!doctype html>\n<html></html>\n"], text: "", chunks: [],
            finish: nil,
            failure: .protocol),
        Quirk(
            testDescription: "an event cut in the middle", reads: [content("a"), "data: {\"choices\":[{\"del"],
            text: "a",
            chunks: [[1, 1]], finish: nil, failure: .truncated),
        Quirk(
            testDescription: "no blank line after the last event", reads: [content("a"), stop, "data: [DONE]"],
            text: "a",
            chunks: [[1, 1]]),
        Quirk(
            testDescription: "CRLF", reads: [(content("a") + stop + done).replacing("\n", with: "\r\n")], text: "a",
            chunks: [[1, 1]]),
        Quirk(
            testDescription: "nothing after [DONE] counts", reads: [content("a"), stop + done, content("b")], text: "a",
            chunks: [[1, 1]]),
    ]
}

@Test(arguments: Quirk.all)
func aServersStreamComesToWhatItMeans(_ quirk: Quirk) {
    let completion = ChatCompletion(stream(quirk.reads))

    #expect(completion.text == quirk.text)
    #expect(completion.chunks.map { [Int($0.at / 1_000_000), $0.bytes] } == quirk.chunks)
    #expect(completion.finishReason == quirk.finish)
    #expect(completion.usage == quirk.usage)
    #expect(completion.failure?.kind == quirk.failure, "\(completion.failure?.sentence ?? "no failure")")
}

@Test func llamasTimingsAndCacheAreKept() {
    let last =
        #"{"choices":[{"delta":{},"finish_reason":"stop"}],"model":"m","timings":{"cache_n":7,"prompt_ms":1.5,"predicted_ms":250}}"#

    let completion = ChatCompletion(stream([content("a"), event(last), done]))

    #expect(completion.server == ServerTimes(prompt: 1_500_000, decode: 250_000_000, cachedTokens: 7))
    #expect(completion.usage == TokenUsage(cached: 7))
    #expect(completion.model == "m" && completion.sawDone && completion.eventCount == 3)
}

@Test(arguments: ["reasoning_content", "reasoning", #"reasoning":"hm","reasoning_content"#])
func reasoningIsContentKeptApart(_ key: String) {
    let reasoning = event(#"{"choices":[{"delta":{"\#(key)":"hm","content":null}}]}"#)

    let completion = ChatCompletion(stream([reasoning, content("a"), stop]))

    #expect(completion.reasoning == "hm" && completion.text == "a")
    #expect(completion.firstContent == 1_000_000 && completion.lastContent == 2_000_000)
    #expect(completion.chunks.map(\.bytes) == [2, 1])
}

@Test func detailedUsageIsRead() {
    let usage =
        #"{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20,"completion_tokens_details":{"reasoning_tokens":15},"prompt_tokens_details":{"cached_tokens":8}}}"#

    let completion = ChatCompletion(stream([content("a"), stop, event(usage), done]))

    #expect(completion.usage == TokenUsage(prompt: 10, completion: 20, reasoning: 15, cached: 8))
}

private let whole =
    #"{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Paris"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#

@Test(
    arguments: [StreamRequest.Framing.whole, .serverSentEvents], ["application/json; charset=utf-8", "text/plain", nil])
func aWholeAnswerIsRead(_ framing: StreamRequest.Framing, _ type: String?) {
    let half = whole.index(whole.startIndex, offsetBy: 20)

    let completion = ChatCompletion(
        stream([String(whole[..<half]), String(whole[half...])], type: type, framing: framing))

    #expect(completion.failure == nil && completion.text == "Paris" && completion.finishReason == "stop")
    #expect(completion.chunks == [ContentChunk(at: 2_000_000, bytes: 5, read: 1)])
    #expect(completion.usage == TokenUsage(prompt: 3, completion: 1))
}

@Test(arguments: [
    (#"{"error":{"message":"boom"}}"#, StreamFailure.Kind.streamError), (#"{"error":"boom"}"#, .streamError),
    (#"{"object":"error","message":"boom"}"#, .streamError), (#"{"status":"ok"}"#, .protocol), ("[]", .protocol),
    ("<html></html>", .protocol), ("", .protocol), (#"{"choices":"#, .protocol),
])
func aWholeAnswerThatIsNoneFails(_ body: String, _ kind: StreamFailure.Kind) {
    let completion = ChatCompletion(stream([body], type: "application/json", framing: .whole))

    #expect(completion.failure?.kind == kind)
}

@Test func aConnectionLostAfterTheEndIsNoFailure() {
    let lost = StreamFailure(.truncated, "lost")

    #expect(ChatCompletion(stream([content("a"), stop + done], failure: lost)).failure == nil)
    #expect(ChatCompletion(stream([content("a")], failure: lost)).failure == lost)
    #expect(
        ChatCompletion(stream([content("a"), event(#"{"error":"x"}"#)], failure: lost)).failure?.kind == .streamError)
    #expect(ChatCompletion(stream([content("a"), "data: {\"ch"], failure: lost)).failure == lost)
}
