import EventStore
import Events
import Formulas
import Foundation
import ProjectionKit
import SampleColumns
import Samples
import TestSupport
import Testing

@testable import Results

/// What stands in a result beside the formulas' values, and what is evaluated anew from the samples.
struct ResultFiguresTests {
    /// The result of a run of these samples.
    private func result(
        _ samples: [InferenceSampled], configuration: (inout RunConfiguration) -> Void = { _ in },
        _ body: (World, ResultRow) throws -> Void
    ) async throws {
        try await World.with { world in
            var requested = RunRequested.fixture()
            configuration(&requested.configuration)
            let events = [Event.runRequested(requested)] + samples.map { Event.inferenceSampled($0) }
            _ = try await world.log.append(events.map { NewEvent($0) }, to: .run("r1"))
            try world.projector.catchUp()
            let rows = try world.results()
            #expect(rows.count == 1)
            try body(world, try #require(rows.first))
        }
    }

    private func detail(
        _ row: ResultRow, in world: World, failures: FormulaSet.FailedRequests = .leftOut
    ) throws -> ResultDetail {
        try world.tables.store.read { transaction in
            let results = try world.tables.live(ResultsProjection.self, in: transaction)
            let columns = try world.tables.live(SamplesProjection.self, in: transaction)
            let (set, key) = (FormulaSet.standard, SampleGroupKey(row))
            let group = ResultGroup(
                samples: try columns.samples(of: key, in: transaction).table(set.inputsNeeded),
                resources: try columns.readings(of: key, in: transaction).table(set.inputsNeeded),
                constants: row.constants(
                    objective: try #require(try results.objective(of: row.run_id, in: transaction))))
            return try #require(ResultDetail(row, group, set: set, failures: failures))
        }
    }

    private func changed(_ sample: InferenceSampled, _ change: (inout InferenceSampled) -> Void) -> InferenceSampled {
        var sample = sample
        change(&sample)
        return sample
    }

    // MARK: The load that was reached

    @Test func theLoadThatWasReachedIsOfTheMeasuredSpan() async throws {
        // Two streams of 100 ms requests, the second of them idle at the end; a warm-up request reaches 50 ms into the span.
        let starts: [Double] = [0, 0, 100, 100, 200]
        let warmup = InferenceSampled.fixture(level: 2, warmup: true, start: -50, ttft: 60)
        let samples = [warmup] + starts.map { .fixture(level: 2, start: $0, ttft: 60) }

        try await result(samples, configuration: { $0.concurrency = [2] }) { _, row in
            #expect(row.concurrency == 2)
            #expect(row.reached_concurrency?.isNear(550.0 / 300) == true)
            #expect(row.reached_rate?.isNear(5 / 0.3) == true)
        }
    }

    @Test func anOpenLoopHasTheLoadItReachedAndCountsTTFTFromTheIntendedStart() async throws {
        let samples = (0..<4).map { index in
            changed(.fixture(level: 0, start: Double(index) * 50, ttft: 60)) {
                $0.rateMillionths = 20_000_000
                $0.intendedStartNs -= 30_000_000
            }
        }

        try await result(samples, configuration: { $0.ratesMillionths = [20_000_000] }) { _, row in
            #expect(row.reached_rate?.isNear(20) == true)
            #expect(row.reached_concurrency?.isNear(400.0 / 250) == true)
            #expect(row.ttft?.isNear(90) == true)
            #expect(row.ttft == row.metrics["standard/1"]?["scheduled_ttft_p50"])
        }
    }

    // MARK: The client

    @Test(
        arguments: [
            // Its loop stood still for 20 ms of a TTFT of 50 ms: harmless where the kernel stamps.
            (StampClock.user, 20.0, 0.0, "late by more than 1 ms and 5 % of the median TTFT in 100 % of the requests"),
            (.kernel, 20, 0, nil), (.user, 2, 0, nil), (.user, 0.5, 0, nil),
            (.kernel, 0, 10, "took 9.1 % of the time to start the next request"), (.kernel, 0, 4, nil),
        ] as [(StampClock, Double, Double, String?)])
    func aClientThatWasTheLimitIsNamed(clock: StampClock, lag: Double, refill: Double, sentence: String?) async throws {
        let samples = (0..<10).map { index in
            changed(.fixture(start: Double(index) * 200, ttft: 60)) {
                $0.clock = clock
                $0.client.loopLagMaxNs = Int64(lag * 1e6)
                $0.client.refillNs = Int64(refill * 1e6)
            }
        }

        try await result(samples) { _, row in
            let found = row.client_limited
            #expect((found == nil) == (sentence == nil), "\(found ?? "none")")
            if let sentence { #expect(found?.contains(sentence) == true, "\(found ?? "none")") }
        }
    }

    @Test func anOpenLoopThatStartedLateWasLimitedByTheClient() async throws {
        let samples = (0..<10).map { index in
            changed(.fixture(level: 0, start: Double(index) * 200)) {
                $0.rateMillionths = 5_000_000
                $0.clock = .kernel
                $0.intendedStartNs -= index < 2 ? 30_000_000 : 0
            }
        }

        try await result(samples, configuration: { $0.ratesMillionths = [5_000_000] }) { _, row in
            #expect(row.client_limited?.contains("in 20 % of the requests") == true)
        }
    }

    @Test func ofAClientThatKeptNoDelaysNothingIsSaid() async throws {
        try await result([.fixture()]) { _, row in
            #expect(row.client_limited == nil)
            #expect(row.metrics["standard/1"]?["client_delayed"] == .some(nil))
        }
    }

    // MARK: The objective

    @Test func goodputIsByTheRunsObjective() async throws {
        let samples = (0..<4).map { InferenceSampled.fixture(start: Double($0) * 500, ttft: 50 + Double($0) * 50) }

        try await result(samples, configuration: { $0.objective.ttftNs = 120_000_000 }) { _, row in
            #expect(row.metrics["standard/1"]?["good_share"] == 50)
        }
        try await result(samples, configuration: { $0.sweep.objective.latencyNs = 100_000_000 }) { _, row in
            #expect(row.metrics["standard/1"]?["good_share"] == 25)
        }
        try await result(samples) { _, row in
            #expect(row.metrics["standard/1"]?["good_share"] == .some(nil))
        }
    }

    // MARK: Tokens

    @Test func anAnswerThatBrokeOffDoesNotChangeWhoCountedTheTokens() async throws {
        let samples = [
            InferenceSampled.fixture(completionTokens: 9),
            changed(.fixture(start: 500)) { $0.error = .truncated },
            .fixture(start: 900, completionTokens: 11),
        ]

        try await result(samples) { _, row in
            #expect(row.token_source == "server_usage")
            #expect(row.total_tokens == 20)
        }
    }

    @Test func countsOfTheServerAndOfTheClientAreNotAddedUp() async throws {
        let samples = [InferenceSampled.fixture(completionTokens: 9), .fixture(start: 500)]

        try await result(samples) { _, row in
            #expect(row.token_source == "mixed")
            #expect(row.total_tokens == nil)
            #expect(row.tps == nil)
            #expect(row.tpot == nil)
            #expect(row.ttft == 50)
            #expect(row.total_iterations == 2)
        }
    }

    // MARK: Evaluated anew

    @Test func theFiguresAreThoseOfTheTableAndHaveTheirIntervals() async throws {
        let samples = (0..<30).map { index in
            InferenceSampled.fixture(
                iteration: UInt32(index), start: Double(index) * 500, ttft: 50 + Double(index * 7 % 30),
                completionTokens: 5)
        }

        try await result(samples) { world, row in
            let detail = try detail(row, in: world)
            #expect(detail.row == row)
            #expect(Set(detail.intervals.keys) == ["tps", "ttft", "latency_p50", "latency_p95"])
            #expect(detail.intervals["ttft"]?.contains(try #require(row.ttft)) == true)
            #expect(detail.intervals["tps"]?.contains(try #require(row.tps)) == true)
            #expect(row.latency_p99 == nil)
            #expect(try self.detail(row, in: world).intervals == detail.intervals)
        }
    }

    @Test func whatIsInfiniteIsNullInJSONAndNamed() async throws {
        let samples = (0..<20).map { index in
            InferenceSampled.fixture(
                start: Double(index) * 500, ttft: 50 + Double(index), completionTokens: 5,
                error: index < 3 ? .http : .none)
        }

        try await result(samples) { world, row in
            let detail = try detail(row, in: world, failures: .infinite)
            #expect(detail.row.latency_p95 == .infinity)
            #expect(try #require(detail.row.latency_p50) > (row.latency_p50 ?? .infinity))
            let json = try #require(
                try JSONSerialization.jsonObject(with: try JSONEncoder().encode(detail)) as? [String: Any])
            #expect(json["latency_p95"] is NSNull)
            #expect(json["infinite"] as? [String] == ["tpot", "latency_p95"])
            #expect(json["failures"] as? String == "infinite")
            #expect(json["run_id"] as? String == "r1")
            let metrics = try #require((json["metrics"] as? [String: [String: Any]])?["standard/1"])
            #expect(metrics["e2e_p95"] is NSNull)
            let intervals = try #require(json["intervals"] as? [String: [String: Any]])
            #expect(intervals["latency_p50"]?["low"] as? Double != nil)
            #expect(intervals["latency_p95"]?["high"] is NSNull)
        }
    }
}

extension Double {
    fileprivate func isNear(_ other: Double) -> Bool { abs(self - other) < 1e-9 * abs(other) }
}
