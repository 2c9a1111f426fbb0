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
}
