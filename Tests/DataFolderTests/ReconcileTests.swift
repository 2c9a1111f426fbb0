import Benchmarking
import DataFolder
import Events
import EventStore
import Foundation
import Models
import Orchestrator
import Simulator
import TestSupport
import Testing

/// What the log says of models against what their servers say.
struct ReconcileTests {
    /// What the log says last, what the server says, and what the row shows then.
    struct Case: CustomTestStringConvertible, Sendable {
        var log: String
        var isDownloaded = true
        var isLoaded = false
        var status: ModelRow.Status
        var says: String?
        /// Whether there is anything to record.
        var isNews = true

        var testDescription: String { "\(log), loaded \(isLoaded), downloaded \(isDownloaded)" }
    }

    static let cases = [
        Case(log: "loading", isLoaded: true, status: .running),
        Case(log: "loading", status: .stopped, says: "was being loaded when the process that asked for it ended"),
        Case(log: "downloading", status: .stopped, says: "was being downloaded when the process"),
        Case(log: "downloading", isDownloaded: false, status: .stopped, says: "is not on its server's disk"),
        Case(log: "loaded", status: .stopped),
        Case(log: "loaded", isLoaded: true, status: .running, isNews: false),
        Case(log: "loaded", isDownloaded: false, status: .stopped, says: "is not on its server's disk"),
        Case(log: "added", isLoaded: true, status: .running),
        Case(log: "added", status: .stopped, isNews: false),
        Case(log: "added", isDownloaded: false, status: .stopped, isNews: false),
    ]

    @Test(arguments: cases)
    func whatTheLogSaysBecomesWhatIsTrue(_ given: Case) async throws {
        try await ModelWorld.with(.foundryLegacy) { configuration in
            configuration.models[0].isDownloaded = given.isDownloaded
            configuration.models[0].isLoaded = given.isLoaded
        } _: { world in
            let small = try await world.lifecycle("small")
            try await world.append(given.log, of: small.identity)
            let before = try world.events("small").count

            try await world.reconcile()
            let after = try world.events("small").count
            try await world.reconcile()

            let row = try world.row("small")
            #expect(row.status == given.status)
            #expect(after == before + (given.isNews ? 1 : 0))
            #expect(try world.events("small").count == after, "the same is recorded once")
            if let says = given.says {
                #expect(row.last_error?.contains(says) == true, "\(row.last_error ?? "nothing")")
            } else {
                #expect(row.last_error == nil)
            }
        }
    }

    @Test func aModelThatTheServerDroppedIsAnError() async throws {
        try await ModelWorld.with(.foundryLegacy) { world in
            let gone = try await world.lifecycle("gone")
            try await world.append("loaded", of: gone.identity)

            try await world.reconcile()

            #expect(try world.row("gone").status == .error)
            #expect(try world.row("gone").last_error?.contains("does not offer it") == true)
        }
    }

    @Test func aServerThatIsGoneIsRecordedOnceAndItsReturnToo() async throws {
        let port = try StubServer.closedPort()
        try await ModelWorld.with { world in
            let small = try await world.lifecycle("small")
            _ = try await small.load()
            var moved = small.identity
            moved.endpoint = "http://127.0.0.1:\(port)"
            try await world.installation.register(moved)
            let before = try world.events("small").count

            try await world.reconcile()
            try await world.reconcile()

            #expect(try world.events("small").count == before + 1)
            let row = try world.row("small")
            #expect(row.status == .error)
            #expect(row.last_error?.contains("connection refused") == true, "\(row.last_error ?? "")")

            _ = try await world.lifecycle("small")
            try await world.reconcile()
            #expect(try world.row("small").status == .running)
            #expect(try world.row("small").last_error == nil)
        }
    }

    @Test func aLoadOfAProcessThatLivesIsLeftAlone() async throws {
        try await ModelWorld.with {
            $0.models[0].loadTime = .seconds(60)
        } _: { world in
            let small = try await world.lifecycle("small")
            let loading = Task { try await small.load() }
            while try world.row("small").status != .loading { try await Task.sleep(for: .milliseconds(10)) }

            try await world.reconcile()
            #expect(try world.row("small").status == .loading)

            loading.cancel()
            _ = try? await loading.value
            #expect(try world.row("small").status == .error)
            #expect(try world.row("small").last_error == "loading was cancelled")
        }
    }
}

extension ModelWorld {
    fileprivate func reconcile() async throws {
        try installation.projector.catchUp()
        try await installation.reconcileModels(using: discovery, limit: .seconds(60))
    }

    /// What a process that is gone wrote last.
    fileprivate func append(_ word: String, of identity: ModelIdentity) async throws {
        let event: Event? =
            switch word {
            case "loading": .modelLoadStarted(.with { $0.modelID = identity.id })
            case "downloading":
                .modelDownloadProgressed(.with { ($0.modelID, $0.percent, $0.status) = (identity.id, 40, "pulling") })
            case "loaded": .modelLoaded(.with { $0.model = identity })
            default: nil
            }
        guard let event else { return }
        _ = try await installation.log.append([NewEvent(event)], to: .model(identity.id), expecting: .any)
    }
}
