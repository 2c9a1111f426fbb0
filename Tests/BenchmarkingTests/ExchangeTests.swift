import Events
import Foundation
import Orchestrator
import Streaming
import Testing

@testable import Benchmarking

struct ExchangeTests {
    private let id = EventID(high: 0, low: 7_123_456_789)

    private func scenario(_ members: String) throws -> Suite.Scenario {
        try Suite(json: Array(#"{"name":"s","scenarios":[{"name":"A",\#(members)}]}"#.utf8), file: "s").scenarios[0]
    }

    private func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
        var settings = RunSettings()
        settings.prefixCache = .keep
        change(&settings)
        return settings
    }

    /// The next request of an exchange that has one.
    private func next(_ exchange: inout Exchange, _ id: EventID? = nil) throws -> ScenarioRequest {
        let request = exchange.next(id ?? self.id)
        return try #require(request)
    }

    private func answer(_ text: String, whole: Bool = true) -> StreamOutcome {
        let body = Array(
            "data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\",\"reasoning_content\":\"Hm.\"}\(whole ? ",\"finish_reason\":\"stop\"" : "")}]}\n\n"
                .utf8)
        return StreamOutcome(
            status: 200, contentType: "text/event-stream", framing: .serverSentEvents, body: body,
            arrivals: [StreamArrival(at: 1, bytes: 0..<body.count)])
    }

    @Test func promptsAreTakenInTurnFromTheFirstAgainAfterTheLast() throws {
        let scenario = try scenario(
            #""prompts":["One?",{"prompt":"Two?","system_prompt":"Be kind.","max_tokens":3}],"system_prompt":"Be brief.","max_tokens":9"#
        )

        let requests = try (0..<3).map { index in
            var exchange = Exchange(scenario, iteration: index, settings())
            let request = try next(&exchange)
            let over = exchange.next(id)
            #expect(over == nil)
            return request
        }

        #expect(requests.map(\.promptIndex) == [0, 1, 0])
        #expect(
            requests.map { $0.chat.messages.map(\.content) } == [
                ["Be brief.", "One?"], ["Be kind.", "Two?"], ["Be brief.", "One?"],
            ])
        #expect(requests.map(\.chat.maxTokens) == [9, 3, 9])
        var sample = InferenceSampled()
        requests[1].label(&sample)
        #expect(sample.promptIndex == 1 && sample.maxTokens == 3)
    }

    @Test func theRunsLimitGoesBeforeThatOfAPrompt() throws {
        let scenario = try scenario(#""prompts":[{"prompt":"Two?","max_tokens":3}]"#)
        var exchange = Exchange(scenario, iteration: 0, settings { $0.maxTokens = 5 })
        let request = try next(&exchange)
        #expect(request.chat.maxTokens == 5)
        #expect(request.maxTokens == nil)
    }

    @Test func aConversationCarriesTheModelsOwnAnswers() throws {
        let scenario = try scenario(#""turns":["One?","Two?","Three?"],"system_prompt":"Be brief.""#)
        var exchange = Exchange(scenario, iteration: 4, settings())
        var requests: [ScenarioRequest] = []
        while let request = exchange.next(id) {
            requests.append(request)
            exchange.take(answer("Answer \(requests.count)."))
        }

        #expect(requests.map(\.turn) == [0, 1, 2])
        #expect(requests.map(\.conversation) == [4, 4, 4])
        #expect(
            requests[2].chat.messages == [
                ChatMessage(.system, "Be brief."), ChatMessage(.user, "One?"), ChatMessage(.assistant, "Answer 1."),
                ChatMessage(.user, "Two?"), ChatMessage(.assistant, "Answer 2."), ChatMessage(.user, "Three?"),
            ])
    }

    @Test func aConversationEndsWithAnAnswerThatFails() throws {
        var exchange = Exchange(try scenario(#""turns":["One?","Two?"]"#), iteration: 0, settings())
        _ = try next(&exchange)
        exchange.take(answer("Half", whole: false))
        let over = exchange.next(id)
        #expect(over == nil)
    }

    @Test func theSaltIsTheIdsLastDigitsBackwardsAndTheConversationsOwn() throws {
        var settings = settings()
        settings.prefixCache = .defeat
        var exchange = Exchange(try scenario(#""turns":["One?","Two?"]"#), iteration: 0, settings)
        let first = try next(&exchange)
        exchange.take(answer("Yes."))
        let second = try next(&exchange, EventID(high: 0, low: 1))

        #expect(first.chat.salt == "[987654321]\n")
        #expect(second.chat.salt == first.chat.salt)
        #expect(first.chat.messages[0].content == "One?")
        #expect(Exchange.salt(of: EventID(high: 1, low: 5_000_000_012)) == "[210000000]\n")
    }

    @Test func syntheticPromptsSayHowLongTheyAreToBe() throws {
        let scenario = try scenario(
            #""synthetic":{"prompt_tokens":40,"prompt_tokens_deviation":5,"output_tokens":20,"output_tokens_deviation":4}"#
        )
        let requests = try (0..<20).map { index in
            var exchange = Exchange(scenario, iteration: index, settings { $0.seed = 3 })
            return try next(&exchange)
        }
        for request in requests {
            #expect(request.chat.messages[0].content.split(separator: " ").count == request.promptTokens)
            #expect(request.chat.maxTokens == request.maxTokens)
        }
        #expect(Set(requests.map(\.promptTokens)).count > 3)
        #expect(Set(requests.map(\.maxTokens)).count > 3)
    }

    /// Every kind of scenario, as the log keeps it.
    @Test(arguments: [
        #""prompt":"One?","system_prompt":"Be brief.","max_tokens":4"#,
        #""prompts":["One \"and\" \\ more?",{"messages":[{"role":"user","content":"Two?"}], "max_tokens":3}]"#,
        #""turns":["One?","Two?"],"description":"d","expected_output_length":"short""#,
        #""messages":[{"role":"user", "content":"One?"}],"tools":[ {"type":"function"} ]"#,
        #""synthetic":{"prompt_tokens":40,"prompt_tokens_deviation":5,"output_tokens":20}"#,
    ])
    func aRecordedScenarioIsTheSameAgain(members: String) throws {
        let scenario = try scenario(members)
        let recorded = scenario.recorded
        #expect(try Suite.Scenario(recorded: recorded) == scenario)

        let event = Event.runRequested(.with { $0.scenarios = [recorded] })
        let (payload, texts) = try event.encoded()
        #expect(texts.isEmpty == recorded.hasSynthetic)
        let erased = try payload.withUnsafeBytes {
            try Event(type: event.type, schemaVersion: event.schemaVersion, payload: $0)
        }
        guard case .runRequested(let run) = erased, !recorded.hasSynthetic else { return }
        let error = #expect(throws: SuiteError.self) { try Suite.Scenario(recorded: run.scenarios[0]) }
        #expect(error?.description == "Could not ask 'A' again: texts of it were erased from the log.")
    }
}
