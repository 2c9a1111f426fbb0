import Foundation
import Simulator
import Streaming
import Testing

/// A simulator that poses as a kind of server, and a client that asks it.
struct Asking {
    let url: String
    let client: StreamingClient

    /// What came back.
    struct Answer {
        var outcome: StreamOutcome
        var status: Int? { outcome.status }
        var text: String { String(decoding: outcome.body, as: UTF8.self) }
        var json: Any? { try? JSONSerialization.jsonObject(with: Data(outcome.body), options: .fragmentsAllowed) }
        /// A field of the object that came.
        subscript(_ key: String) -> Any? { (json as? [String: Any])?[key] }
        /// The documents of a body with one a line.
        var lines: [[String: Any]] {
            text.split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }

    func get(_ path: String) async -> Answer { await ask("GET", path, nil) }
    func post(_ path: String, _ body: String) async -> Answer { await ask("POST", path, body) }

    func ask(_ method: String, _ path: String, _ body: String?) async -> Answer {
        Answer(
            outcome: await client.perform(
                StreamRequest(url: url + path, method: method, body: body.map { Array($0.utf8) }, framing: .whole)))
    }

    /// A chat by OpenAI's protocol.
    func chat(_ model: String, more: String = "", stream: Bool = true) async -> (StreamOutcome, ChatCompletion) {
        let outcome = await client.perform(SimulatorTests.chat(url, model: model, stream: stream, more: more))
        return (outcome, ChatCompletion(outcome))
    }

    /// A chat whose client hangs up soon after it has heard of it.
    func abandonedChat(_ model: String) async -> StreamOutcome {
        var outcome: StreamOutcome
        repeat {
            outcome = await client.perform(SimulatorTests.chat(url, model: model, total: .milliseconds(200)))
        } while outcome.status == nil || outcome.failure == nil
        return outcome
    }

    /// The ids in a list of OpenAI's shape, or a bare array of texts.
    func ids(_ path: String) async -> [String]? {
        let answer = await get(path)
        if let texts = answer.json as? [String] { return texts }
        return (answer["data"] as? [[String: Any]])?.compactMap { $0["id"] as? String }
    }
}

/// Runs a simulator of that kind with quick models for the length of `body`.
@discardableResult
func withServer(
    as personality: Personality, _ models: [SimulatedModel]? = nil,
    _ change: (inout SimulatorConfiguration) -> Void = { _ in }, _ body: (Asking) async throws -> Void
) async throws -> [Truth] {
    try await withSimulator { configuration in
        configuration.personality = personality
        if let models { configuration.models = models }
        for index in configuration.models.indices where models == nil {
            configuration.models[index].ttft = nil
            configuration.models[index].itl = nil
            configuration.models[index].loadTime = .milliseconds(20)
            configuration.models[index].downloadTime = .milliseconds(20)
        }
        change(&configuration)
    } _: { url, client in
        try await body(Asking(url: url, client: client))
    }
}

extension SimulatedModel {
    /// A model with what a test is about.
    static func with(_ id: String, _ change: (inout SimulatedModel) -> Void = { _ in }) -> SimulatedModel {
        var model = SimulatedModel(id)
        change(&model)
        return model
    }
}

/// Asks again until it holds, ten seconds long.
func eventually(_ holds: () async -> Bool) async -> Bool {
    for _ in 0..<500 {
        if await holds() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return false
}
