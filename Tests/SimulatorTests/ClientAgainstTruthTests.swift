import Streaming
import Testing

@testable import Simulator

@Test func whatTheClientMeasuredIsWhatHappened() async throws {
    var measured: [String: (outcome: StreamOutcome, completion: ChatCompletion)] = [:]
    let truth = try await withSimulator({
        $0.ttft = .milliseconds(60)
        $0.itl = .milliseconds(5)
        $0.tokens = 30
    }) { url, client in
        let outcomes = await withTaskGroup(of: (String, StreamOutcome).self) { group in
            for index in 0..<64 {
                group.addTask { ("r\(index)", await client.perform(chat(url, "Prompt \(index)", id: "r\(index)"))) }
            }
            var all: [(String, StreamOutcome)] = []
            for await one in group { all.append(one) }
            return all
        }
        for (id, outcome) in outcomes { measured[id] = (outcome, ChatCompletion(outcome)) }
        for id in (0..<6).map({ "alone\($0)" }) {
            let outcome = await client.perform(chat(url, id: id))
            measured[id] = (outcome, ChatCompletion(outcome))
        }
    }

    #expect(truth.count == 70)
    var errors: [Int64] = []
    for row in truth {
        let (outcome, completion) = try #require(measured[row.requestId])
        let first = try #require(row.firstNs)
        let (sent, seen) = (try #require(outcome.sent), try #require(completion.firstContent))
        #expect(row.outcome == "completed" && completion.failure == nil)
        #expect(row.chunks == 30 && completion.chunks.count == 30)
        #expect(sent <= row.receivedNs, "sent before it was received")
        #expect(zip(completion.chunks, row.chunkNs).allSatisfy { $0.at >= $1 }, "read after it was written")
        errors.append((seen - sent) - (first - row.receivedNs))
    }
    // On a quiet machine the median is below 0.3 ms; a test machine is not quiet, so the best of 70 has to do.
    #expect(errors.min()! < 20_000_000)
}

@Test func chunksKeepToTheScheduleWhateverCameLate() async throws {
    let truth = try await withSimulator({
        $0.ttft = .milliseconds(20)
        $0.itl = .milliseconds(4)
        $0.tokens = 50
    }) { url, client in
        _ = await client.perform(chat(url))
    }

    let row = try #require(truth.first)
    let lateness = row.chunkNs.enumerated().map { $1 - row.receivedNs - 20_000_000 - Int64($0) * 4_000_000 }
    #expect(lateness.count == 50 && lateness.allSatisfy { $0 >= 0 }, "never early")
    #expect(lateness.max() == row.lateMaxNs)
    // Counted from the chunk before instead of the request, it could only grow.
    #expect(zip(lateness.dropFirst(), lateness).contains { $0 < $1 }, "lateness does not add up")
}

@Test func jitterStraysWithinItsFractionAndStallsAreAdded() throws {
    var configuration = SimulatorConfiguration()
    configuration.jitter = 0.5
    configuration.tokens = 1000
    let request = try ChatRequest.decode(Array(#"{"model":"m","messages":[{"content":"a b"}]}"#.utf8))

    let plan = AnswerPlan(to: request, of: SimulatedModel("m"), number: 1, configuration)
    configuration.stallEvery = 100
    let stalled = AnswerPlan(to: request, of: SimulatedModel("m"), number: 1, configuration)

    let gaps = zip(plan.dues.dropFirst(), plan.dues).map { $0 - $1 }
    #expect(gaps.allSatisfy { (5_000_000...15_000_000).contains($0) })
    #expect(Set(gaps).count > 900)
    #expect((9_000_000...11_000_000).contains(gaps.reduce(0, +) / Int64(gaps.count)))
    #expect(stalled.dues.last! - plan.dues.last! == 9 * 500_000_000)
    #expect(AnswerPlan(to: request, of: SimulatedModel("m"), number: 2, configuration).dues != stalled.dues)
}

@Test func aModelsOwnPaceGoesFirst() throws {
    let request = try ChatRequest.decode(Array(#"{"model":"m","messages":[{"content":"a"}],"max_tokens":2}"#.utf8))

    let plan = AnswerPlan(
        to: request, of: SimulatedModel("m", ttft: .milliseconds(7), itl: .milliseconds(3)), number: 1,
        SimulatorConfiguration())

    #expect(plan.dues == [7_000_000, 10_000_000])
}
