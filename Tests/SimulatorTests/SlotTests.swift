import Simulator
import Streaming
import Testing

struct SlotTests {
    @Test func requestsBeyondTheSlotsWaitInTheirOrder() async throws {
        let answers = try await withSimulator {
            $0.slots = 2
            $0.ttft = .milliseconds(30)
            $0.tokens = 2
        } _: { url, client in
            await withTaskGroup(of: Void.self) { requests in
                for number in 0..<6 {
                    requests.addTask { _ = await client.perform(chat(url, id: "\(number)")) }
                }
            }
        }

        #expect(answers.map(\.outcome) == Array(repeating: "completed", count: 6))
        for answer in answers {
            let begun = try #require(answer.firstNs)
            let busy = answers.count { other in
                guard let first = other.firstNs, let last = other.lastNs else { return false }
                // From its turn until its last chunk it holds a slot.
                return first - 30_000_000 < begun && begun < last
            }
            #expect(busy <= 2)
        }
        let inTurn = answers.sorted { $0.receivedNs < $1.receivedNs }
        #expect(inTurn.compactMap(\.firstNs) == inTurn.compactMap(\.firstNs).sorted())
    }
}
