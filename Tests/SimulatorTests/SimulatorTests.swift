import Foundation
import Streaming
import TestSupport
import Testing

@testable import Simulator

/// Runs a simulator with quick defaults for the length of `body`, which gets its address and a client; gives the truth file.
@discardableResult
func withSimulator(
    _ change: (inout SimulatorConfiguration) -> Void = { _ in },
    _ body: (_ url: String, _ client: StreamingClient) async throws -> Void
) async throws -> [Truth] {
    var configuration = SimulatorConfiguration()
    configuration.ttft = .milliseconds(5)
    configuration.itl = .milliseconds(1)
    configuration.tokens = 20
    change(&configuration)
    let file = NSTemporaryDirectory() + "truth-\(UUID().uuidString).ndjson"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try await TakingTurns.inTurn {
        let simulator = try Simulator(configuration, truth: file)
        let client = StreamingClient()

        let running = Task { await simulator.run() }
        try await body("http://127.0.0.1:\(simulator.port)", client)
        running.cancel()
        await running.value
        await client.shutdown()
    }

    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try lines.map { try decoder.decode(Truth.self, from: Data($0.utf8)) }
}

/// One line of a truth file.
struct Truth: Decodable {
    var requestId: String
    var receivedNs: Int64
    var firstNs: Int64?
    var lastNs: Int64?
    var chunks: Int
    var lateMaxNs: Int64
    var outcome: String
    var chunkNs: [Int64]
}

/// A chat request; a test names only what it is about.
func chat(
    _ url: String, _ prompt: String = "Hello there", model: String = "simulated", stream: Bool = true,
    more: String = "",
    id: String? = nil, total: Duration = .seconds(60)
) -> StreamRequest {
    let body =
        "{\"model\":\"\(model)\",\"stream\":\(stream),\"messages\":[{\"role\":\"user\",\"content\":\"\(prompt)\"}]\(more)}"
    var request = StreamRequest(
        url: url + "/v1/chat/completions", body: Array(body.utf8), framing: stream ? .serverSentEvents : .whole,
        totalTimeout: total)
    if let id { request.headers.append(("X-Request-Id", id)) }
    return request
}

@Test func aStreamHasItsTokensItsEndAndItsUsageOnRequest() async throws {
    try await withSimulator { url, client in
        let plain = ChatCompletion(await client.perform(chat(url)))
        let counted = ChatCompletion(
            await client.perform(chat(url, more: ",\"stream_options\":{\"include_usage\":true}")))

        for completion in [plain, counted] {
            #expect(completion.failure == nil && completion.sawDone && completion.finishReason == "stop")
            #expect(completion.chunks.count == 20 && completion.model == "simulated")
        }
        #expect(plain.usage == nil)
        #expect(counted.usage == TokenUsage(prompt: 3, completion: 20))
        #expect(plain.text == counted.text && plain.text.split(separator: " ").count == 20)
    }
}

@Test(arguments: ["max_tokens", "max_completion_tokens"])
func aLimitOfTokensIsObeyed(_ name: String) async throws {
    try await withSimulator { url, client in
        let short = ChatCompletion(await client.perform(chat(url, more: ",\"\(name)\":7")))
        let long = ChatCompletion(await client.perform(chat(url, more: ",\"\(name)\":7000")))

        #expect(short.chunks.count == 7 && short.finishReason == "length")
        #expect(long.chunks.count == 20 && long.finishReason == "stop")
    }
}

@Test func aWholeAnswerSaysTheSameAsTheStream() async throws {
    try await withSimulator { url, client in
        let stream = ChatCompletion(await client.perform(chat(url)))
        let outcome = await client.perform(chat(url, stream: false))

        let whole = ChatCompletion(outcome)
        #expect(whole.failure == nil && whole.text == stream.text && whole.finishReason == "stop")
        #expect(whole.usage == TokenUsage(prompt: 3, completion: 20))
        #expect(outcome.server == "flperf-simulator")
    }
}

@Test func theTextDependsOnSeedAndPromptAlone() async throws {
    try await withSimulator { url, client in
        func text(_ prompt: String, _ more: String = "") async -> String {
            ChatCompletion(await client.perform(chat(url, prompt, more: more))).text
        }

        #expect(await text("One") == text("One"))
        #expect(await text("One") != text("Two"))
        #expect(await text("One") != text("One", ",\"seed\":5"))
        #expect(await text("What is the capital of France?").hasPrefix("The capital of France is Paris."))
    }
}

@Test func severalTokensInAChunkAreStillThatManyTokens() async throws {
    try await withSimulator({ $0.tokensPerChunk = 8 }) { url, client in
        let completion = ChatCompletion(
            await client.perform(chat(url, more: ",\"stream_options\":{\"include_usage\":true}")))

        #expect(completion.chunks.count == 3 && completion.usage?.completion == 20)
    }
}

@Test(arguments: [
    (
        "/v1/chat/completions", "{\"model\":\"x\",\"messages\":[{\"content\":\"a\"}]}", 404,
        "The model 'x' does not exist."
    ),
    ("/v1/chat/completions", "{\"model\":", 400, "The body is not JSON."),
    ("/v1/chat/completions", "[]", 400, "The body must be a JSON object."),
    ("/v1/chat/completions", "{\"messages\":[]}", 400, "'model' is missing."),
    (
        "/v1/chat/completions", "{\"model\":\"simulated\",\"messages\":[]}", 400,
        "'messages' must hold at least one message."
    ),
    ("/v1/chat/completions", "{\"model\":\"simulated\",\"messages\":7}", 400, "'messages' has the wrong type."),
    (
        "/v1/chat/completions", "{\"model\":\"simulated\",\"messages\":[{\"content\":\"a\"}],\"max_tokens\":0}", 400,
        "'max_tokens' must be at least 1, found 0."
    ),
    ("/v1/models", "{}", 405, "POST is not allowed here."), ("/else", "{}", 404, "There is nothing at this path."),
])
func aBadRequestIsToldWhatIsWrong(_ path: String, _ body: String, _ status: Int, _ message: String) async throws {
    try await withSimulator { url, client in
        let outcome = await client.perform(StreamRequest(url: url + path, body: Array(body.utf8), framing: .whole))

        #expect(outcome.status == status)
        #expect(
            outcome.failure?.sentence.hasSuffix("status \(status): \(message)") == true,
            "\(outcome.failure?.sentence ?? "")")
    }
}

@Test func modelsAndHealthAreListed() async throws {
    try await withSimulator({ $0.models = [SimulatedModel("one"), SimulatedModel("two")] }) { url, client in
        let models = await client.perform(StreamRequest(url: url + "/v1/models", method: "GET", framing: .whole))
        let health = await client.perform(StreamRequest(url: url + "/health?x=1", method: "GET", framing: .whole))

        let list = try JSONSerialization.jsonObject(with: Data(models.body)) as? [String: Any]
        #expect((list?["data"] as? [[String: Any]])?.map { $0["id"] as? String } == ["one", "two"])
        #expect(health.status == 200 && models.server == "flperf-simulator")
    }
}

@Test func faultsComeOutAsTheirClassesAndInTheTruth() async throws {
    let cases: [(WritableKeyPath<SimulatorConfiguration, Double>, String, StreamFailure.Kind)] = [
        (\.errorRate, "refused", .http), (\.streamErrorRate, "stream_error", .streamError),
        (\.truncateRate, "truncated", .truncated), (\.hangRate, "hung", .timeout(.total)),
    ]
    for (rate, outcome, kind) in cases {
        let truth = try await withSimulator({ $0[keyPath: rate] = 1 }) { url, client in
            let completion = ChatCompletion(
                await client.perform(chat(url, total: kind == .timeout(.total) ? .milliseconds(300) : .seconds(60))))

            #expect(completion.failure?.kind == kind, "\(completion.failure?.sentence ?? "none")")
            #expect(completion.chunks.count == (kind == .streamError || kind == .truncated ? 10 : 0))
        }
        #expect(truth.map(\.outcome) == [outcome])
    }
}

@Test func sharesOfFaultsAreAboutWhatWasAskedFor() async throws {
    let truth = try await withSimulator({
        $0.errorRate = 0.25
        $0.truncateRate = 0.25
        $0.tokens = 2
    }) { url, client in
        await withTaskGroup { group in
            for _ in 0..<200 { group.addTask { _ = await client.perform(chat(url)) } }
        }
    }

    #expect(truth.count == 200)
    for outcome in ["refused", "truncated"] {
        #expect((25...75).contains(truth.count { $0.outcome == outcome }))
    }
}

@Test func stoppingCutsWhatIsUnderWay() async throws {
    let truth = try await withSimulator({ $0.ttft = .seconds(60) }) { url, client in
        var outcome: StreamOutcome
        repeat { outcome = await client.perform(chat(url, total: .milliseconds(300))) } while outcome.status == nil

        // The opening chunk came, which names the role and carries no content.
        #expect(outcome.status == 200 && ChatCompletion(outcome).eventCount == 1)
    }

    #expect(truth.last?.outcome == "stopped" && truth.last?.chunks == 0 && truth.last?.firstNs == nil)
}

@Test func aPortThatIsTakenIsNamed() throws {
    var configuration = SimulatorConfiguration()
    let first = try Simulator(configuration)
    configuration.port = first.port

    let error = #expect(throws: SimulatorError.self) { try Simulator(configuration) }

    #expect(error?.description.contains("on 127.0.0.1:\(first.port): Address already in use.") == true)
    withExtendedLifetime(first) {}
}

@Test func settingsWithoutMeaningAreRefused() {
    func refusal(_ change: (inout SimulatorConfiguration) -> Void) -> String? {
        var configuration = SimulatorConfiguration()
        change(&configuration)
        do {
            _ = try Simulator(configuration)
            return nil
        } catch {
            return error.description
        }
    }

    #expect(refusal { $0.jitter = 1.5 } == "Could not start the simulator: jitter must be a fraction from 0 to 1.")
    #expect(
        refusal {
            $0.errorRate = 0.6; $0.hangRate = 0.6
        }?.contains("add up to at most 1") == true)
    #expect(refusal { $0.tokens = 0 }?.contains("tokens must be from 1 to") == true)
    #expect(refusal { $0.itl = .seconds(-1) }?.contains("itl must be from 0") == true)
    #expect(refusal { $0.models = [] }?.contains("models must be at least one") == true)
    #expect(refusal { $0.host = "no-such-host.invalid" }?.contains("on no-such-host.invalid:0") == true)
    #expect(throws: SimulatorError.self) { try Simulator(SimulatorConfiguration(), truth: "/no/such/folder/truth") }
}
