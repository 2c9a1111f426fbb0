import Events
import EventStore
import Logs
import Models
import ProjectionKit
import TestSupport
import Testing

struct ModelsAndLogsTests {
    private func models(after events: [Event]) async throws -> [ModelRow] {
        try await World.with { world in
            _ = try await world.log.append(events.map { NewEvent($0) }, to: .model("phi-4"))
            try world.projector.catchUp()
            return try world.tables.store.read { try world.tables.live(ModelsProjection.self, in: $0).all(in: $0) }
        }
    }

    private let added = Event.modelAdded(.with { $0.model = .fixture() })

    @Test func aModelGoesThroughItsStates() async throws {
        let id = "phi-4"
        let steps: [(Event, ModelRow.Status)] = [
            (.modelDownloadProgressed(.with { ($0.modelID, $0.percent) = (id, 40) }), .downloading),
            (.modelDownloadProgressed(.with { ($0.modelID, $0.percent) = (id, 100) }), .downloading),
            (
                .modelDownloadProgressed(
                    .with { ($0.modelID, $0.percent, $0.status) = (id, 100, ModelDownloadProgressed.finishedStatus) }),
                .stopped
            ),
            (.modelDownloadFailed(.with { ($0.modelID, $0.reason) = (id, "the disk is full") }), .error),
            (.modelLoadStarted(.with { $0.modelID = id }), .loading),
            (.modelLoadFailed(.with { ($0.modelID, $0.reason) = (id, "no memory") }), .error),
            (.modelLoaded(.with { ($0.model, $0.loadTimeNs) = (.fixture(), 1_500_000_000) }), .running),
            (.modelUnloaded(.with { $0.modelID = id }), .stopped),
            (.modelHealthChecked(.with { ($0.modelID, $0.healthy, $0.detail) = (id, false, "refused") }), .error),
            (.modelHealthChecked(.with { ($0.modelID, $0.healthy) = (id, true) }), .stopped),
            (.modelStateFound(.with { ($0.modelID, $0.state) = (id, .loaded) }), .running),
            (.modelStateFound(.with { ($0.modelID, $0.state, $0.detail) = (id, .unknown, "gone") }), .error),
            (.modelServerRestarted(.with { ($0.modelID, $0.succeeded) = (id, true) }), .stopped),
        ]
        var events = [added]
        for (event, status) in steps {
            events.append(event)
            #expect(try await models(after: events).map(\.status) == [status])
        }
        let row = try #require(try await models(after: events).first)
        #expect(row.load_time_ms == 1_500)
        #expect(row.last_error == nil)
        #expect(row.restarts == 1)
        #expect(row.healthy == true)
    }

    @Test func whatHappenedToAModelIsALineOfItsLog() async throws {
        try await World.with { world in
            let events: [Event] = [
                added,
                .modelDownloadProgressed(.with { ($0.modelID, $0.percent, $0.status) = ("phi-4", 50, "pulling") }),
                .modelLoadStarted(.with { $0.modelID = "phi-4" }),
                .modelLoaded(.with { ($0.model, $0.loadTimeNs, $0.warm) = (.fixture(), 1_500_000_000, true) }),
                .modelLoadFailed(.with { ($0.modelID, $0.reason) = ("phi-4", "no memory") }),
            ]
            _ = try await world.log.append(events.map { NewEvent($0) }, to: .model("phi-4"))
            try world.projector.catchUp()

            let lines = try world.tables.store.read {
                try world.tables.live(LogsProjection.self, in: $0).newest(9, entityID: "phi-4", in: $0)
            }
            #expect(
                lines.map(\.message) == [
                    "Loading failed: no memory", "Loaded phi-4-generic-cpu:1 in 1500 ms, warm (CPU).", "Loading.",
                    "Added phi-4-generic-cpu:1, served at http://127.0.0.1:8080.",
                ])
            #expect(lines.map(\.level) == ["error", "info", "info", "info"])
        }
    }

    @Test func aRemovedModelIsGoneAndLaterEventsDoNotBringItBack() async throws {
        let events = [
            added, .modelRemoved(.with { $0.modelID = "phi-4" }),
            .modelHealthChecked(.with { ($0.modelID, $0.healthy) = ("phi-4", true) }),
        ]
        #expect(try await models(after: events).isEmpty)
    }

    @Test func aModelThatMovedKeepsItsHistory() async throws {
        var moved = ModelIdentity.fixture()
        moved.endpoint = "http://127.0.0.1:9999"
        let identity = moved
        let rows = try await models(after: [added, .modelAdded(.with { $0.model = identity })])
        #expect(rows.map(\.endpoint) == ["http://127.0.0.1:9999"])
        #expect(rows.count == 1)
    }

    @Test func logLinesComeNewestFirstAndByWhatTheyAreAbout() async throws {
        try await World.with { world in
            for index in 1...6 {
                let line = LogRecorded.with {
                    $0.level = index == 6 ? .error : .info
                    $0.entityType = index % 2 == 0 ? "benchmark" : "service"
                    $0.entityID = index % 2 == 0 ? "r1" : ""
                    $0.message = "line \(index)"
                }
                _ = try await world.log.append([NewEvent(.logRecorded(line))], to: .system)
            }
            try world.projector.catchUp()

            try world.tables.store.read { transaction in
                let logs = try world.tables.live(LogsProjection.self, in: transaction)
                #expect(try logs.newest(2, in: transaction).map(\.message) == ["line 6", "line 5"])
                #expect(
                    try logs.newest(9, entityID: "r1", in: transaction).map(\.message) == [
                        "line 6", "line 4", "line 2",
                    ])
                #expect(try logs.newest(2, entityID: "r1", in: transaction).map(\.message) == ["line 6", "line 4"])
                #expect(
                    try logs.newest(9, entityType: "service", in: transaction).map(\.message) == [
                        "line 5", "line 3", "line 1",
                    ])
                #expect(try logs.newest(1, in: transaction).first?.level == "error")
            }
        }
    }
}
