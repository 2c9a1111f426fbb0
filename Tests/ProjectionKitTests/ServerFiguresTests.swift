import Events
import EventStore
import Runs
import TestSupport
import Testing

@Suite struct ServerFiguresTests {
    /// A reading of a server with two engines.
    static func reading(
        running: [Double], cache: [Double], hits: Double, queries: Double, queueSeconds: Double, queued: Double,
        during scenario: String = ""
    ) -> Event {
        func metric(_ name: String, _ value: Double, engine: Int = 0) -> ServerMetric {
            .with { ($0.name, $0.value, $0.labels) = (name, value, ["engine": "\(engine)"]) }
        }
        return .serverMetricsSampled(
            .with {
                ($0.runID, $0.modelID, $0.scenario) = ("r1", "a", scenario)
                $0.metrics =
                    running.enumerated().map { metric("vllm:num_requests_running", $1, engine: $0) }
                    + cache.enumerated().map { metric("vllm:kv_cache_usage_perc", $1, engine: $0) }
                    + [
                        metric("vllm:prefix_cache_hits_total", hits),
                        metric("vllm:prefix_cache_queries_total", queries),
                        metric("vllm:request_queue_time_seconds_sum", queueSeconds),
                        metric("vllm:request_queue_time_seconds_count", queued),
                        metric("vllm:num_requests_waiting", .nan),
                    ]
            })
    }

    func figures(after events: [Event]) async throws -> RunRow {
        try await World.with { world in
            let start: [Event] = [
                .runRequested(.fixture(id: "r1", models: ["a"])),
                .modelPhaseStarted(.with { ($0.runID, $0.modelID) = ("r1", "a") }),
            ]
            // Each in a batch of its own, as a run goes on.
            for event in start + events {
                _ = try await world.log.append([NewEvent(event)], to: StreamID.run("r1"))
                try world.projector.catchUp()
            }
            return try #require(try world.run())
        }
    }

    @Test func peaksAreKeptAndCountersCountFromTheFirstReading() async throws {
        let run = try await figures(after: [
            Self.reading(running: [0, 0], cache: [0, 0], hits: 100, queries: 1000, queueSeconds: 5, queued: 10),
            Self.reading(
                running: [3, 4], cache: [0.25, 0.75], hits: 130, queries: 1040, queueSeconds: 5.5, queued: 15,
                during: "A"),
            Self.reading(running: [9, 0], cache: [0.9, 0], hits: 160, queries: 1080, queueSeconds: 6, queued: 20),
        ])

        let figures = try #require(run.phases.first?.server)
        #expect(figures.requests_running_max == 7)  // both engines
        #expect(figures.kv_cache_percent_max == 75)  // the fuller one
        #expect(figures.prefix_cache_hit_percent == 75)
        #expect(figures.queue_ms_mean == 100)
        #expect(figures.requests_waiting_max == nil)
        #expect(figures.preemptions == nil)
        #expect(figures.unavailable == nil)
    }

    @Test func aShareOfNothingIsUnknown() async throws {
        let reading = Self.reading(running: [0], cache: [0], hits: 9, queries: 90, queueSeconds: 5, queued: 10)

        let run = try await figures(after: [reading, reading])

        let figures = try #require(run.phases.first?.server)
        #expect(figures.prefix_cache_hit_percent == nil)
        #expect(figures.queue_ms_mean == nil)
        #expect(figures.requests_running_max == nil)  // it was not looked at while it was measured
    }

    @Test func theReasonIsKeptWhereThereAreNone() async throws {
        let run = try await figures(after: [
            .serverMetricsSampled(.with { ($0.runID, $0.modelID, $0.unavailable) = ("r1", "a", "HTTP 501") })
        ])

        #expect(run.phases.first?.server?.unavailable == "HTTP 501")
        #expect(run.phases.first?.server?.requests_running_max == nil)
    }

    @Test func whatWasNoticedByTheEndStandsBesideWhatWasFoundAtTheStart() async throws {
        let run = try await figures(after: [
            .runStarted(.with { ($0.runID, $0.warnings) = ("r1", ["On battery."]) }),
            .runCompleted(.with { ($0.runID, $0.warnings) = ("r1", ["It got hot."]) }),
        ])

        #expect(run.warnings == ["On battery.", "It got hot."])
    }
}
