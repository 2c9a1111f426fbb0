import Statistics
import Testing

@testable import Formulas

/// Intervals of result metrics, from requests drawn anew.
struct IntervalTests {
    private let set = FormulaSet.named("standard/1")!

    /// Answers one after another, each of `tokens` in `lengths` ms, the client idle for `pause` ms between them.
    private func sequence(_ lengths: [Double], tokens: [Double], pause: Double = 0, waits: [Double]? = nil)
        -> SampleTable
    {
        var starts: [Double] = []
        for (index, _) in lengths.enumerated() {
            starts.append(index == 0 ? 0 : starts[index - 1] + lengths[index - 1] + pause)
        }
        let ends = zip(starts, lengths).map { $0 + $1 }
        return table([
            "started": starts, "sent": starts, "intended_start": starts,
            "first_content": zip(starts, waits ?? lengths.map { $0 / 2 }).map { $0 + $1 }, "last_content": ends,
            "ended": ends, "failed": lengths.map { _ in 0 }, "warmup": lengths.map { _ in 0 },
            "streamed": lengths.map { _ in 1 }, "tokens_from_server": lengths.map { _ in 1 },
            "completion_tokens": tokens,
        ])
    }

    private func intervals(
        _ samples: SampleTable, _ names: [String], readings: [String: [Double]] = [:],
        constants: [String: Double] = ["concurrency": 1], failures: FormulaSet.FailedRequests = .leftOut
    ) -> [String: ClosedRange<Double>] {
        set.intervals(
            of: names, samples: samples, resources: readingTable(readings), constants: constants, failures: failures)
    }

    private func noise(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SplitMix64(state: seed)
        return (0..<count).map { _ in generator.fraction() }
    }

    @Test func aFigureOfTheRequestsHasTheIntervalOfItsValues() throws {
        let waits = noise(60, seed: 1).map { 100 + 100 * $0 }
        let samples = sequence(waits.map { $0 + 200 }, tokens: waits.map { _ in 10 }, waits: waits)

        let found = intervals(samples, ["ttft_p50", "ttft_mean"])

        let bootstrap = Bootstrap(rows: 60)
        #expect(
            found["ttft_mean"]?.isNear(try #require(bootstrap.interval(of: waits, statistic: Summary.mean))) == true)
        let median = bootstrap.interval(of: waits) { Quantile.linear.value(0.5, of: $0.sorted()) }
        #expect(found["ttft_p50"]?.isNear(try #require(median)) == true)
    }

    /// 20 answers with 100 tokens each: the tokens do not vary, the time they take does, and so does the throughput.
    @Test func aThroughputVariesWithTheLengthOfTheRequests() throws {
        let lengths = noise(20, seed: 2).map { 1_000 + 1_000 * $0 }
        let samples = sequence(lengths, tokens: lengths.map { _ in 100 })

        let found = try #require(intervals(samples, ["output_tps"])["output_tps"])
        let value = try #require(
            set.evaluate(samples: samples, resources: readingTable([:]), constants: ["concurrency": 1])["output_tps"])

        let ratio = try #require(
            Bootstrap(rows: 20).interval(of: lengths) { 100 * 1_000 / Summary.mean($0)! })
        #expect(found.isNear(ratio))
        #expect(found.contains(value))
        // The schedule of an open loop sets the time, and these have as many tokens each.
        #expect(intervals(samples, ["output_tps"], constants: [:]).isEmpty)
    }

    @Test func theTimeBetweenRequestsStaysInTheThroughput() throws {
        let lengths = noise(20, seed: 3).map { 1_000 + 1_000 * $0 }
        let samples = sequence(lengths, tokens: lengths.map { _ in 100 }, pause: 500)

        let found = try #require(intervals(samples, ["output_tps"])["output_tps"])
        let value = try #require(
            set.evaluate(samples: samples, resources: readingTable([:]), constants: ["concurrency": 1])["output_tps"])

        #expect(found.contains(value))
        #expect(found.upperBound < 1.2 * value)
    }

    /// Runs of 20 requests whose true throughput is known: the interval holds it about as often as it says.
    @Test func theIntervalOfAThroughputCoversTheTruth() async throws {
        var covered = 0
        for seed in 0..<30 {
            await Task.yield()
            let lengths = noise(20, seed: UInt64(1_000 + seed)).map { 500 + 1_000 * $0 }
            let found = try #require(
                intervals(sequence(lengths, tokens: lengths.map { _ in 50 }), ["output_tps"])["output_tps"])
            if found.contains(50) { covered += 1 }
        }

        #expect((24...30).contains(covered), "\(covered) of 30")
    }

    @Test func aFigureThatDoesNotVaryOrIsNullHasNoInterval() {
        let lengths = noise(10, seed: 4).map { 100 + 100 * $0 }
        let samples = sequence(lengths, tokens: lengths.map { _ in 10 })

        let found = intervals(
            samples, ["total_tokens", "failure_rate", "e2e_p99", "itl_mean", "e2e_p50", "no_such_metric"])

        #expect(found.keys.sorted() == ["e2e_p50"])
        #expect(intervals(sequence([100], tokens: [10]), ["e2e_p50"]).isEmpty)
    }

    @Test func whatReadsResourcesHasNoInterval() {
        let lengths = noise(10, seed: 4).map { 100 + 100 * $0 }
        let samples = sequence(lengths, tokens: lengths.map { 10 * $0.rounded() })
        let readings: [String: [Double]] = ["host_cpu": [10, 20, 30], "package_energy": [1, 2, 9]]

        #expect(intervals(samples, ["cpu_mean", "energy", "energy_per_token"], readings: readings).isEmpty)
    }

    @Test func onlyRequestsThatCountAreDrawn() throws {
        let waits = noise(30, seed: 5).map { 100 + 100 * $0 }
        var samples = sequence(waits, tokens: waits.map { _ in 10 }, waits: waits)
        samples["warmup"] = waits.indices.map { $0 < 10 ? 1 : 0 }
        samples["failed"] = waits.indices.map { $0 % 10 == 9 ? 1 : 0 }

        let found = intervals(samples, ["ttft_mean", "failure_rate", "total_iterations"])

        let counted = waits.indices.filter { $0 >= 10 }
        #expect(found["total_iterations"] == nil)
        let failures = try #require(found["failure_rate"])
        #expect(failures.contains(10) && failures.lowerBound >= 0 && failures.upperBound <= 50)
        let means = try #require(found["ttft_mean"])
        #expect(
            means.lowerBound > counted.map { waits[$0] }.min()! && means.upperBound < counted.map { waits[$0] }.max()!)
    }

    @Test func wholeRequestsAreDrawnWithAllTheirChunks() throws {
        let lengths = [100.0, 100, 100, 100, 100, 100]
        var samples = sequence(lengths, tokens: lengths.map { _ in 10 })
        samples[array: "gaps"] = RaggedColumn([[1, 1, 1, 1], [9], [1, 1, 1, 1], [9], [1, 1, 1, 1], [9]])
        let pooled = try makeSet(result: [
            "value": "mean(gaps)", "rank": "p50(gaps)", "above": "count(where gaps > mean(gaps))",
        ])

        let found = pooled.intervals(
            of: ["value", "rank", "above"], samples: samples, resources: readingTable([:]),
            constants: ["concurrency": 1])

        let expected = Bootstrap(rows: 6).interval(of: [0, 1, 2, 3, 4, 5]) { drawn in
            let gaps: [Double] = drawn.flatMap { Int($0) % 2 == 0 ? [1, 1, 1, 1] : [9.0] }
            return Summary.mean(gaps)
        }
        #expect(found["value"]?.isNear(try #require(expected)) == true)
        #expect(found["rank"]?.upperBound == 9)
        #expect(found["above"]?.lowerBound == 0)
    }

    @Test func theEndThatFallsOnAFailureIsInfinite() throws {
        let waits = noise(40, seed: 6).map { 100 + 100 * $0 }
        var samples = sequence(waits, tokens: waits.map { _ in 10 }, waits: waits)
        samples["failed"] = waits.indices.map { $0 % 20 == 0 ? 1 : 0 }

        let found = intervals(samples, ["e2e_p95", "e2e_p50"], failures: .infinite)

        #expect(found["e2e_p95"]?.upperBound == .infinity)
        #expect(try #require(found["e2e_p50"]).upperBound.isFinite)
    }
}

extension ClosedRange<Double> {
    /// Equal but for the last digits, which depend on the order of sums.
    fileprivate func isNear(_ other: ClosedRange<Double>) -> Bool {
        abs(lowerBound - other.lowerBound) < 1e-9 * abs(lowerBound)
            && abs(upperBound - other.upperBound) < 1e-9 * abs(upperBound)
    }
}
