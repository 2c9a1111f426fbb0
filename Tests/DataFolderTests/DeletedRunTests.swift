import Commands
import DataFolder
import Events
import EventStore
import TestSupport
import Testing

/// Runs that are hidden and brought back, in a real log and its tables.
struct DeletedRunTests {
    private static func with(_ runs: [String], _ body: (Installation) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            for run in runs {
                let events: [Event] = [
                    .runRequested(.fixture(id: run)), .inferenceSampled(.fixture(run: run)),
                    .runCompleted(.with { $0.runID = run }),
                ]
                _ = try await installation.log.append(events.map { NewEvent($0) }, to: .run(run))
            }
            try installation.projector.catchUp()
            try await body(installation)
        }
    }

    @Test func aDeletedRunIsInNoListAndNoResult() async throws {
        try await Self.with(["first", "second"]) { installation in
            let before = try (installation.runs().value, installation.results().value)

            try await installation.delete(run: "second", reason: "the fan was broken")
            try await installation.delete(run: "second")
            try installation.projector.catchUp()

            #expect(try installation.runs().value.map(\.id) == ["first"])
            #expect(try installation.results().value.map(\.run_id) == ["first"])
            #expect(try installation.results(run: "second").value.isEmpty)
            #expect(try installation.run("second").value == nil)
            #expect(try installation.run("latest").value?.run.id == "first")
            #expect(try installation.deletedRuns().value.map(\.id) == ["second"])
            #expect(try installation.deletedRun("seco")?.id == "second")
            #expect(try installation.log.readStream(.run("second")).count == 4, "the log keeps it, and one deletion")
            #expect(try installation.projector.check().isEmpty)

            try await installation.restore(run: "second")
            try await installation.restore(run: "second")
            try installation.projector.catchUp()

            let after = try (installation.runs().value, installation.results().value)
            #expect(after.0.map(\.id) == before.0.map(\.id))
            #expect(after.1 == before.1)
            #expect(try installation.deletedRuns().value.isEmpty)
            #expect(try installation.log.readStream(.run("second")).count == 5)
            #expect(try installation.projector.check().isEmpty)
        }
    }

    @Test func aDeletedRunStaysSoWhenTheTablesAreMadeAnew() async throws {
        try await Self.with(["first", "second"]) { installation in
            try await installation.delete(run: "first")

            try installation.projector.rebuild()

            #expect(try installation.runs().value.map(\.id) == ["second"])
            #expect(try installation.results().value.map(\.run_id) == ["second"])
        }
    }

    @Test func aRunThatGoesOnAndOneThatIsNotThereAreRefused() async throws {
        try await Self.with([]) { installation in
            _ = try await installation.log.append([NewEvent(.runRequested(.fixture(id: "going")))], to: .run("going"))

            let error = await #expect(throws: CommandError.self) { try await installation.delete(run: "going") }
            #expect(error == .runGoesOn("going"))
            #expect(
                error?.description == "Could not delete run 'going': it is going on. Wait for its end, or cancel it.")
            await #expect(throws: CommandError.unknownRun("none")) { try await installation.delete(run: "none") }
            await #expect(throws: CommandError.unknownRun("none")) { try await installation.restore(run: "none") }
            await #expect(throws: CommandError.unknownRun("no run's name")) {
                try await installation.delete(run: "no run's name")
            }
        }
    }
}
