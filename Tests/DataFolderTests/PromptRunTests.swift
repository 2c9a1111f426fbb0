import Benchmarking
import DataFolder
import EventStore
import Events
import Foundation
import Logging
import Orchestrator
import Streaming
import Synchronization
import TestSupport
import Testing

/// Whole runs over scenarios of every kind, against a server that keeps what it was sent.
struct PromptRunTests {
    /// What the server was sent, in order.
    struct Body: Decodable {
        struct Message: Decodable, Equatable { var role, content: String }
        var messages: [Message]
        var max_tokens: Int?
    }

    /// Runs a suite of these scenarios, and hands on what was sent and what was recorded.
    static func run(
        _ scenarios: String, kind: BackendKind = .openAI, settings change: (inout RunSettings) -> Void = { _ in },
        answer: @escaping @Sendable (_ number: Int, StubServer.Request) -> StubServer.Answer = { number, _ in
            said("Answer \(number).")
        },
        _ body: (Installation, [StubServer.Request], [(EventID, InferenceSampled)]) async throws -> Void
    ) async throws {
        let numbers = Counter()
        // Only questions are counted: whether there is a list of models or of figures is asked too.
        let server = try StubServer { request in
            switch request.path {
            case "/api/tags", "/api/ps": .json(#"{"models":[{"model":"\#(ModelIdentity.fixture().modelID)"}]}"#)
            default: request.method == "POST" ? answer(numbers.next(), request) : nil
            }
        }
        let suite = try Suite(json: Array(#"{"name":"s","scenarios":[\#(scenarios)]}"#.utf8), file: "s.json")
        var settings = RunSettings()
        settings.iterations = 2
        settings.warmup = 0
        settings.prefixCache = .keep
        change(&settings)
        let client = StreamingClient()
        let backend = kind.backend(
            at: try Endpoint("http://127.0.0.1:\(server.port)"), using: client)
        let plan = RunPlan(
            runID: EventID.make().description, suite: suite, scenarios: suite.scenarios,
            models: [PlannedModel(identity: .fixture(), backend: backend)], settings: settings)
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            _ = try await installation.run(
                plan, client: client, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let samples = try installation.log.readStream(.run(plan.runID)).compactMap { recorded in
                if case .inferenceSampled(let sample) = recorded.event { (recorded.id, sample) } else { nil }
            }
            try await body(installation, server.received.filter { $0.method == "POST" }, samples)
        }
        await client.shutdown()
    }

    static func said(_ text: String) -> StubServer.Answer {
        .text(
            "data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            type: "text/event-stream")
    }

    private static func bodies(_ requests: [StubServer.Request]) throws -> [Body] {
        try requests.map { try JSONDecoder().decode(Body.self, from: Data($0.body.utf8)) }
    }

    @Test func promptsGoOutInTurnAndTheirSamplesSayWhich() async throws {
        try await Self.run(
            #"{"name":"A","prompts":["One?",{"prompt":"Two?","max_tokens":5}],"max_tokens":9}"#,
            settings: { $0.iterations = 3 }
        ) { _, requests, samples in
            let bodies = try Self.bodies(requests)
            #expect(bodies.map { $0.messages.map(\.content) } == [["One?"], ["Two?"], ["One?"]])
            #expect(bodies.map(\.max_tokens) == [9, 5, 9])
            #expect(samples.map { $0.1.promptIndex } == [0, 1, 0])
            #expect(samples.map { $0.1.hasMaxTokens } == [false, true, false])
        }
    }

    @Test func turnsFollowOneAnotherWithTheModelsAnswersBetweenThem() async throws {
        try await Self.run(#"{"name":"A","turns":["One?","Two?","Three?"]}"#) { installation, requests, samples in
            let bodies = try Self.bodies(requests)
            #expect(bodies.map(\.messages.count) == [1, 3, 5, 1, 3, 5])
            #expect(bodies[2].messages.map(\.content) == ["One?", "Answer 1.", "Two?", "Answer 2.", "Three?"])
            #expect(bodies[2].messages.map(\.role) == ["user", "assistant", "user", "assistant", "user"])
            #expect(samples.map { $0.1.turn } == [0, 1, 2, 0, 1, 2])
            #expect(samples.map { $0.1.conversation } == [0, 0, 0, 1, 1, 1])
            #expect(samples.map { $0.1.iteration } == [0, 0, 0, 1, 1, 1])
            try installation.projector.catchUp()
            let run = try #require(try installation.run(samples[0].1.runID).value).run
            #expect(run.planned_samples == 6)
            #expect(run.samples == 6)
        }
    }

    @Test func inAnOpenLoopTheRateIsThatOfConversations() async throws {
        try await Self.run(
            #"{"name":"A","turns":["One?","Two?"]}"#,
            settings: { settings in
                settings.rates = [500]
                settings.iterations = 4
            }
        ) { _, requests, samples in
            #expect(requests.count == 8)
            let first = samples.map(\.1).filter { $0.turn == 0 }
            #expect(Set(first.map(\.conversation)) == [0, 1, 2, 3])
            for sample in samples.map(\.1) where sample.turn == 1 {
                #expect(sample.intendedStartNs == sample.startedNs)
                let before = try #require(first.first { $0.conversation == sample.conversation })
                #expect(sample.startedNs >= before.endedNs)
            }
        }
    }

    @Test func aServerOfItsOwnProtocolIsAskedInIt() async throws {
        try await Self.run(
            #"{"name":"A","turns":["One?","Two?"],"max_tokens":9}"#, kind: .ollama,
            settings: { ($0.iterations, $0.seed) = (1, 7) },
            answer: { _, _ in
                let line = #"{"message":{"role":"assistant","content":"Yes."},"done":true,"eval_count":2}"# + "\n"
                return .text(line, type: "application/x-ndjson")
            }
        ) { _, requests, samples in
            let options = #""options":{"num_predict":9,"seed":7,"temperature":0}"#
            #expect(requests.map(\.path) == ["/api/chat", "/api/chat"])
            #expect(requests.allSatisfy { $0.body.contains(options) }, "\(requests.map(\.body))")
            #expect(requests.last?.body.contains("Yes.") == true)
            #expect(samples.map(\.1.error) == [.none, .none])
            #expect(samples.map(\.1.completionTokens) == [2, 2])
        }
    }

    @Test func aFailedAnswerEndsItsConversationAndNoOther() async throws {
        try await Self.run(
            #"{"name":"A","turns":["One?","Two?","Three?"]}"#,
            answer: { number, _ in number == 2 ? .json("{}", status: 500) : Self.said("Answer.") }
        ) { _, requests, samples in
            #expect(requests.count == 5)
            #expect(samples.map { $0.1.turn } == [0, 1, 0, 1, 2])
            #expect(samples.map { $0.1.error } == [.none, .http, .none, .none, .none])
        }
    }

    @Test func everyRequestBeginsWithItsOwnSaltMadeOfItsId() async throws {
        try await Self.run(
            #"{"name":"A","prompt":"One?","system_prompt":"Be brief."}"#, settings: { $0.prefixCache = .defeat }
        ) { installation, requests, samples in
            let bodies = try Self.bodies(requests)
            #expect(Set(bodies.map { $0.messages[0].content }).count == 2)
            for (body, (id, _)) in zip(bodies, samples) {
                let digits = String(repeating: "0", count: 9) + String(id.low)
                let salt = "[\(String(digits.suffix(9).reversed()))]\n"
                #expect(body.messages[0].content == salt + "Be brief.")
                #expect(body.messages[1].content == "One?")
            }
            let first = try #require(try installation.log.readStream(.run(samples[0].1.runID)).first)
            guard case .runRequested(let run) = first.event else { return }
            #expect(run.configuration.prefixCache == .defeated)
            #expect(run.scenarios[0].systemPromptText == "Be brief.")
        }
    }

    @Test func theTurnsOfAConversationShareTheirBeginning() async throws {
        try await Self.run(
            #"{"name":"A","turns":["One?","Two?"]}"#, settings: { $0.prefixCache = .defeat }
        ) { _, requests, _ in
            let firsts = try Self.bodies(requests).map { $0.messages[0].content }
            #expect(firsts[0] == firsts[1])
            #expect(firsts[2] == firsts[3])
            #expect(firsts[0] != firsts[2])
        }
    }

    @Test func messagesAndToolsGoOutAsTheSuiteHasThem() async throws {
        let messages =
            #"[{"role":"user",  "content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO/+Rw=="}}]}]"#
        let tools = #"[ {"type":"function","function":{"name":"time"}} ]"#
        try await Self.run(#"{"name":"A","messages":\#(messages),"tools":\#(tools)}"#) { _, requests, samples in
            #expect(requests.count == 2)
            #expect(requests.allSatisfy { $0.body.contains(#""messages":\#(messages),"#) })
            #expect(requests.allSatisfy { $0.body.contains(#""tools":\#(tools)}"#) })
            #expect(samples.allSatisfy { $0.1.error == .none })
        }
    }

    @Test func anAnswerThatIsOnlyAToolCallIsMeasured() async throws {
        let call =
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"time","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#
        try await Self.run(
            #"{"name":"A","prompt":"What time is it?","tools":[{"type":"function"}]}"#,
            answer: { _, _ in .text("data: \(call)\n\ndata: [DONE]\n\n", type: "text/event-stream") }
        ) { _, _, samples in
            for (_, sample) in samples {
                #expect(sample.error == .none)
                #expect(sample.hasFirstContentNs)
                #expect(sample.contentChunks == 1)
                #expect(sample.outputText == "time{}")
            }
        }
    }

    @Test func syntheticPromptsAreRecordedWithTheLengthsAskedFor() async throws {
        try await Self.run(
            #"{"name":"A","synthetic":{"prompt_tokens":50,"prompt_tokens_deviation":9,"output_tokens":7}}"#,
            settings: { $0.seed = 5 }
        ) { installation, requests, samples in
            let bodies = try Self.bodies(requests)
            for (body, (_, sample)) in zip(bodies, samples) {
                #expect(body.messages[0].content.split(separator: " ").count == Int(sample.askedPromptTokens))
                #expect(body.max_tokens == 7)
            }
            #expect(Set(bodies.map { $0.messages[0].content }).count == 2)
            let first = try #require(try installation.log.readStream(.run(samples[0].1.runID)).first)
            guard case .runRequested(let run) = first.event else { return }
            #expect(run.scenarios[0].synthetic.promptTokens == 50)
            #expect(run.scenarios[0].synthetic.outputTokens == 7)
        }
    }

    @Test func erasingTheRunsTextsTakesEveryKindOfThem() async throws {
        try await Self.run(
            #"{"name":"A","prompts":["One?","Two?"],"tools":[]},{"name":"B","turns":["Three?"]},{"name":"C","messages":[{"content":"Four?"}]}"#
                .replacing(#","tools":[]"#, with: #","tools":[{"type":"function"}]"#)
        ) { installation, _, samples in
            let stream = try StreamID.run(samples[0].1.runID)
            let request = try #require(try installation.log.readStream(stream).first)

            let erased = try await installation.log.eraseTexts(of: [request.position], reason: "a test")

            #expect(erased == 5)
            guard case .runRequested(let run) = try #require(try installation.log.readStream(stream).first).event
            else { return }
            #expect(run.scenarios[0].keptPrompts.map(\.isErased) == [true, true])
            #expect(run.scenarios[0].keptTools.isErased)
            #expect(run.scenarios[1].keptTurns.map(\.isErased) == [true])
            #expect(run.scenarios[2].keptMessages.isErased)
            #expect(try installation.log.verify().isClean)
        }
    }
}

/// Counts from 1.
private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
