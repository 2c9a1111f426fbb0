import Foundation
import Streaming
import Testing

@testable import Simulator

struct QuirkTests {
    private let usage = #","stream_options":{"include_usage":true}"#

    /// The events of a stream with one quirk, and what a client makes of them.
    private func stream(_ quirk: Quirk, more: String = "") async throws -> (text: String, completion: ChatCompletion) {
        var seen: (String, ChatCompletion)?
        try await withServer(as: .openAI, [SimulatedModel("m")], { $0.quirks = [quirk] }) { server in
            let (outcome, completion) = await server.chat("m", more: more)
            seen = (String(decoding: outcome.body, as: UTF8.self), completion)
        }
        return try #require(seen)
    }

    @Test func countsAreLeftOutOrRepeated() async throws {
        let none = try await stream(.noUsage, more: usage)
        let every = try await stream(.usageInEveryChunk)

        #expect(none.completion.usage == nil && none.completion.failure == nil)
        let counts = every.text.matches(of: /"completion_tokens":(\d+)/).compactMap { Int($0.1) }
        #expect(counts == Array(1...20) + [20])
    }

    @Test func theEndLacksItsReasonOrItsMark() async throws {
        let noReason = try await stream(.noFinishReason)
        let noDone = try await stream(.noDone)
        let stops = try await stream(.alwaysStops, more: #","max_tokens":5"#)

        #expect(noReason.completion.finishReason == nil && noReason.completion.sawDone)
        #expect(noDone.completion.finishReason == "stop" && !noDone.completion.sawDone)
        #expect(stops.completion.finishReason == "stop" && stops.completion.chunks.count == 5)
    }

    @Test func theRoleComesLateOrNever() async throws {
        let late = try await stream(.roleAfterPrefill)
        let never = try await stream(.noRole)
        let empty = try await stream(.emptyDeltas)

        #expect(late.completion.eventCount == never.completion.eventCount + 1)
        #expect(late.text.contains("role") && !never.text.contains("role"))
        #expect(empty.completion.chunks.count == 20 && empty.completion.eventCount == late.completion.eventCount + 20)
        try await withServer(
            as: .openAI, [SimulatedModel("m", ttft: .seconds(3600))], { $0.quirks = [.roleAfterPrefill] }
        ) {
            #expect(await $0.abandonedChat("m").body.isEmpty, "nothing but the head")
        }
    }

    @Test func aHangUpEndsAnAnswer() async throws {
        // Whole, it would take an hour, and the next one waits for its slot.
        let truth = try await withServer(
            as: .openAI, [SimulatedModel("m", itl: .milliseconds(40))],
            { ($0.tokens, $0.slots) = (90_000, 1) }
        ) { server in
            _ = await server.abandonedChat("m")
            #expect(await server.chat("m", more: #","max_tokens":1"#).1.failure == nil)
        }

        #expect(truth.first?.outcome == "client_gone" && truth.last?.outcome == "completed")
    }

    @Test func aHangUpMayBeIgnored() async throws {
        let truth = try await withServer(
            as: .openAI, [SimulatedModel("m", ttft: .milliseconds(300), itl: .milliseconds(60))],
            { ($0.quirks, $0.slots) = ([.ignoresHangUp], 1) }
        ) { server in
            _ = await server.abandonedChat("m")
            #expect(await server.chat("m", more: #","max_tokens":1"#).1.failure == nil)
        }

        let gone = try #require(truth.last { $0.outcome == "client_gone" })
        let next = try #require(truth.last?.firstNs)
        // Whole, the abandoned answer takes 1,440 ms, and the next one waits for its slot.
        #expect(next - 300_000_000 - gone.receivedNs >= 1_440_000_000)
    }

    @Test func aSecondRequestMayCutTheFirst() async throws {
        try await withServer(
            as: .vllm, [SimulatedModel("m", itl: .milliseconds(40))],
            { ($0.quirks, $0.tokens) = ([.cutsFirstStream], 90_000) }
        ) { server in
            async let first = server.chat("m")
            let isUnderWay = await eventually {
                await server.get("/metrics").text.contains(/num_requests_running{.*} 1\n/)
            }
            let second = await server.chat("m", more: #","max_tokens":2"#)

            let cut = await first.1
            #expect(isUnderWay && cut.sawDone && cut.finishReason == nil)
            #expect(second.1.chunks.count == 2 && second.1.finishReason == "length")
        }
    }

    @Test func everyKindServesAChatAndSaysThatItIsSimulated() async throws {
        for personality in Personality.allCases {
            try await withServer(as: personality, [SimulatedModel.with("m") { $0.isLoaded = true }]) { server in
                let (outcome, completion) = await server.chat("m")
                #expect(completion.failure == nil && completion.chunks.count == 20, "\(personality)")
                #expect(outcome.server == "flperf-simulator", "\(personality)")
                #expect(await server.get("/nothing").outcome.server == "flperf-simulator")
            }
            let defaults = SimulatorConfiguration(as: personality)
            #expect(throws: Never.self) { try defaults.validate() }
            #expect(Set(defaults.models.map(\.ttft)).count == defaults.models.count, "of different speed")
        }
    }
}
