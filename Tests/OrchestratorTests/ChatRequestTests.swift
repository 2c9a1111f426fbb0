import Foundation
import Streaming
import Testing

@testable import Orchestrator

@Suite struct ChatRequestTests {
    func request(_ chat: ChatRequest, apiKeyVariable: String? = nil) throws -> StreamRequest {
        let endpoint = try Endpoint("http://127.0.0.1:8080/v1", apiKeyVariable: apiKeyVariable)
        return try BackendKind.openAI.backend(at: endpoint, using: StreamingClient()).chatRequest(chat, to: "phi")
    }

    @Test func onlyWhatIsSetIsSentAndZeroIsZero() throws {
        var chat = ChatRequest(prompt: "Hi \"there\"\n", systemPrompt: "Be brief.")
        chat.maxTokens = 5
        chat.temperature = 0
        chat.seed = 42

        let body = String(decoding: try #require(try request(chat).body), as: UTF8.self)

        #expect(
            body
                == #"{"max_tokens":5,"messages":[{"content":"Be brief.","role":"system"},{"content":"Hi \"there\"\n","role":"user"}],"#
                + #""model":"phi","seed":42,"stream":true,"stream_options":{"include_usage":true},"temperature":0}"#)
    }

    @Test func anAnswerInOnePieceAsksForNoStreamOptions() throws {
        var chat = ChatRequest(prompt: "Hi", systemPrompt: "")
        chat.streaming = false
        chat.firstTokenTimeout = .seconds(1)

        let request = try request(chat)

        let body = String(decoding: try #require(request.body), as: UTF8.self)
        #expect(body == #"{"messages":[{"content":"Hi","role":"user"}],"model":"phi","stream":false}"#)
        #expect(request.framing == .whole)
        #expect(request.firstTokenTimeout == nil)
    }

    @Test func theRequestGoesToTheChatPathWithTheLimitsAskedFor() throws {
        var chat = ChatRequest(prompt: "Hi")
        chat.totalTimeout = .seconds(7)
        chat.firstTokenTimeout = .seconds(3)

        let request = try request(chat)

        #expect(request.url == "http://127.0.0.1:8080/v1/chat/completions")
        #expect(request.method == "POST")
        #expect(request.framing == .serverSentEvents)
        #expect(request.totalTimeout == .seconds(7))
        #expect(request.firstTokenTimeout == .seconds(3))
        #expect(!request.headers.contains { $0.name == "Authorization" })
    }

    @Test func aNamedKeyIsReadWhenTheRequestIsMade() throws {
        let home = try #require(ProcessInfo.processInfo.environment["HOME"])

        let request = try request(ChatRequest(prompt: "Hi"), apiKeyVariable: "HOME")

        #expect(request.headers.contains { $0.name == "Authorization" && $0.value == "Bearer \(home)" })
    }

    @Test func verbatimMessagesAndToolsGoOutByteForByte() throws {
        var chat = ChatRequest(messages: [])
        let messages =
            #"[ {"role":"user", "content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO/+Rw=="}}]} ]"#
        chat.verbatimMessages = VerbatimMessages(json: messages)
        chat.verbatimTools = #"[ {"type": "function", "function": {"name": "f", "parameters": {}}} ]"#

        let body = String(decoding: chat.body(for: "phi"), as: UTF8.self)

        #expect(body.contains(#""messages":\#(messages),"model""#))
        #expect(body.hasSuffix(#","tools":[ {"type": "function", "function": {"name": "f", "parameters": {}}} ]}"#))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(body.utf8)) }
    }

    @Test(arguments: [
        (#"[{"role":"user","content":"Hi"}]"#, #"[{"role":"user","content":"[1]\nHi"}]"#),
        (
            #"[{"content": "", "role":"user"},{"content":"x"}]"#,
            #"[{"content": "[1]\n", "role":"user"},{"content":"x"}]"#
        ),
        (
            #"[{"role":"user","content":[ {"type":"text","text":"Hi"}]}]"#,
            #"[{"role":"user","content":[{"text":"[1]\n","type":"text"}, {"type":"text","text":"Hi"}]}]"#
        ),
    ])
    func theSaltBeginsTheFirstMessageAndNothingElseChanges(messages: String, salted: String) throws {
        var chat = ChatRequest(messages: [])
        chat.verbatimMessages = VerbatimMessages(json: messages)
        chat.salt = "[1]\n"
        #expect(String(decoding: chat.body(for: "m"), as: UTF8.self).contains(#""messages":\#(salted),"#))
    }

    @Test func theSaltBeginsTheInstructionsWhereThereAreAny() throws {
        var chat = ChatRequest(prompt: "Hi", systemPrompt: "Be brief.")
        chat.salt = "[1]\n"
        let body = String(decoding: chat.body(for: "m"), as: UTF8.self)
        #expect(body.contains(#"[{"content":"[1]\nBe brief.","role":"system"},{"content":"Hi","role":"user"}]"#))
    }

    @Test(arguments: [
        "{}", "[]", "[1]", "[{\"role\":\"user\"}]", "[{\"content\":[]}]", "[{\"content\":null}]",
        "[{\"content\":\"a\"}",
    ])
    func whatHoldsNoMessagesIsRefused(json: String) {
        #expect(VerbatimMessages(json: json) == nil)
    }

    @Test func anyTextSurvivesTheBody() throws {
        let text =
            String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init))) + "\u{2028}\u{1F600}/\\\""
        var chat = ChatRequest(prompt: text)
        chat.temperature = 0.7
        let object = try JSONSerialization.jsonObject(with: Data(chat.body(for: text))) as? [String: Any]
        #expect(object?["model"] as? String == text)
        #expect((object?["messages"] as? [[String: String]])?.first?["content"] == text)
        #expect(object?["temperature"] as? Double == 0.7)
    }
}
