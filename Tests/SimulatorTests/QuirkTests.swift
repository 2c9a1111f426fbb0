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
            as: .openAI, [SimulatedModel("m", ttft: .seconds(60))], { $0.quirks = [.roleAfterPrefill] }
        ) {
            let outcome = await $0.client.perform(chat($0.url, model: "m", total: .milliseconds(1500)))
            #expect(outcome.status == 200 && outcome.body.isEmpty, "nothing but the head")
        }
    }

    @Test func aHangUpMayBeIgnored() async throws {
        for (quirks, isCounted) in [(Set<Quirk>(), false), ([.ignoresHangUp], true)] {
            let truth = try await withServer(
                as: .openAI, [SimulatedModel("m", ttft: .milliseconds(400), itl: .milliseconds(60))],
                {
                    $0.quirks = quirks; $0.slots = 1
                }
            ) { server in
                let abandoned = await server.client.perform(chat(server.url, model: "m", total: .milliseconds(300)))
                #expect(abandoned.failure?.kind == .timeout(.total))
                _ = await server.client.perform(chat(server.url, model: "m", more: #","max_tokens":1"#, id: "next"))
            }
            let (gone, next) = (try #require(truth.first), try #require(truth.last))
            #expect(gone.outcome == "client_gone" && next.outcome == "completed")
            // Whole, the abandoned answer takes 1,540 ms, and the next one waits for its slot.
            let begun = try #require(next.firstNs) - 400_000_000 - gone.receivedNs
            #expect((begun >= 1_540_000_000) == isCounted, "\(begun)")
        }
    }

    @Test func aSecondRequestMayCutTheFirst() async throws {
        try await withServer(
            as: .vllm, [SimulatedModel("m", ttft: .milliseconds(20), itl: .milliseconds(100))],
            { $0.quirks = [.cutsFirstStream] }
        ) { server in
            async let first = server.chat("m")
            let isUnderWay = await eventually {
                await server.get("/metrics").text.contains(/num_requests_running{.*} 1\n/)
            }
            let second = await server.chat("m", more: #","max_tokens":2"#)

            let cut = await first.1
            #expect(isUnderWay && cut.sawDone && cut.finishReason == nil && cut.chunks.count < 20)
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
