import Testing

@testable import Streaming

/// Answers that call tools, in the shapes of OpenAI's streams and whole answers.
struct ToolCallTests {
    private func completion(_ events: [String], framing: StreamRequest.Framing = .serverSentEvents) -> ChatCompletion {
        var body: [UInt8] = []
        var arrivals: [StreamArrival] = []
        for (index, event) in events.enumerated() {
            let start = body.count
            body += (framing == .whole ? event : "data: \(event)\n\n").utf8
            arrivals.append(StreamArrival(at: Int64(index + 1), bytes: start..<body.count))
        }
        let type = framing == .whole ? "application/json" : "text/event-stream"
        return ChatCompletion(
            StreamOutcome(status: 200, contentType: type, framing: framing, body: body, arrivals: arrivals))
    }

    @Test func namesAndArgumentsAreChunksOfAStream() {
        let completion = completion([
            #"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"time","arguments":""}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"zone\":"}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"UTC\"}"}}]}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#, "[DONE]",
        ])

        #expect(completion.failure == nil)
        #expect(completion.finishReason == "tool_calls")
        #expect(completion.text.isEmpty)
        #expect(completion.toolCalls == #"time{"zone":"UTC"}"#)
        #expect(completion.chunks.map(\.at) == [2, 3, 4])
        #expect(completion.chunks.map(\.bytes) == [4, 8, 6])
    }

    @Test func aWholeAnswerThatIsAToolCallIsNoFailure() {
        let completion = completion(
            [
                #"{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#
            ], framing: .whole)
        #expect(completion.failure == nil)
        #expect(completion.toolCalls == "f{}")
        #expect(completion.chunks.map(\.bytes) == [3])
    }

    @Test(arguments: [
        "null", "7", "[7,null]", "[{\"function\":null}]", "[{\"function\":{\"name\":5,\"arguments\":{}}}]",
    ])
    func whatIsNoToolCallIsPassedOver(json: String) {
        let completion = completion([
            #"{"choices":[{"delta":{"tool_calls":\#(json),"content":"a"},"finish_reason":"stop"}]}"#
        ])
        #expect(completion.failure == nil)
        #expect(completion.text == "a")
        #expect(completion.chunks.map(\.bytes) == [1])
    }

    @Test func aToolCallCountsAsTheFirstContentThatIsWaitedFor() {
        let call = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]}}]}\n\n"
        #expect(ChatStream.hasContent(inEvents: Array(call.utf8)))
        #expect(
            !ChatStream.hasContent(inEvents: Array("data: {\"choices\":[{\"delta\":{\"tool_calls\":[]}}]}\n\n".utf8)))
    }
}
