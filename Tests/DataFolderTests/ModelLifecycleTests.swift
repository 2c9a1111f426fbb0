import Benchmarking
import Events
import Orchestrator
import Simulator
import Testing

/// What is done with models, on simulated servers and in a real log.
struct ModelLifecycleTests {
    @Test(arguments: [Personality.ollama, .lmStudio, .foundryLegacy])
    func aDownloadIsOfFewEventsAndIsDoneOnce(_ personality: Personality) async throws {
        try await ModelWorld.with(personality) { configuration in
            configuration.models[0].isDownloaded = false
            configuration.models[0].downloadTime = .milliseconds(300)
        } _: { world in
            let small = try await world.lifecycle("small")

            let start = ContinuousClock.now
            let outcome = try await small.download()
            let seconds = Int((ContinuousClock.now - start).components.seconds)

            #expect(!outcome.alreadyDownloaded)
            let events = try world.events("small").compactMap { event in
                if case .modelDownloadProgressed(let event) = event { event } else { nil }
            }
            // At the start and at the end, and of what lies between one a second at most, however busy the machine is.
            #expect(events.count >= 2 && events.count <= 2 + seconds)
            #expect(events.map(\.isFinished) == events.indices.map { $0 == events.count - 1 })
            let row = try world.row("small")
            #expect(row.status == .stopped)
            #expect(row.download_progress == 100)
            #expect(try await small.download().alreadyDownloaded)
            #expect(try world.events("small").count == events.count)
        }
    }

    @Test func aDownloadThatFailsSaysWhy() async throws {
        try await ModelWorld.with(.ollama) { configuration in
            configuration.models[0].isDownloaded = false
            configuration.models[0].downloadFails = true
        } _: { world in
            let small = try await world.lifecycle("small")

            let error = await #expect(throws: BackendError.self) { try await small.download() }

            let row = try world.row("small")
            #expect(row.status == .error)
            #expect(row.last_error == error?.description)
            #expect(row.download_status == error?.description)
        }
    }

    @Test func aColdLoadIsToldFromAWarmOne() async throws {
        try await ModelWorld.with {
            $0.models[0].loadTime = .milliseconds(20)
        } _: { world in
            let small = try await world.lifecycle("small")

            _ = try await small.load()
            let cold = try world.row("small")
            let again = try await small.load().outcome
            _ = try await small.unload()
            #expect(try world.row("small").status == .stopped)
            _ = try await small.load()
            let warm = try world.row("small")

            #expect(cold.status == .running)
            #expect(cold.cold_load_time_ms ?? 0 >= 20)
            #expect(cold.warm_load_time_ms == nil)
            #expect(again.alreadyLoaded)
            #expect(warm.cold_load_time_ms == cold.cold_load_time_ms)
            #expect(warm.warm_load_time_ms ?? 0 >= 20)
            #expect(warm.load_time_ms == warm.warm_load_time_ms)
        }
    }

    @Test func aLoadThatFailsIsAnErrorAndTheOtherModelIsNone() async throws {
        try await ModelWorld.with {
            $0.models[0].loadFails = true
        } _: { world in
            let small = try await world.lifecycle("small")
            let other = try await world.lifecycle("other")

            await #expect(throws: BackendError.self) { try await small.load() }
            _ = try await other.load()

            #expect(try world.row("small").status == .error)
            #expect(try world.row("small").last_error != nil)
            #expect(try world.row("other").status == .running)
        }
    }

    @Test func healthIsRecordedWhenItChanges() async throws {
        try await ModelWorld.with { world in
            let small = try await world.lifecycle("small")

            #expect(try await small.health().healthy)
            #expect(try await small.health().healthy)
            #expect(try world.events("small").count == 1)
            #expect(try world.row("small").healthy == true)

            await world.server.stop()
            let health = try await small.health()
            _ = try await small.health()

            #expect(health.server.state == .notListening)
            #expect(try world.events("small").count == 2)
            let row = try world.row("small")
            #expect(row.status == .error)
            #expect(row.healthy == false)
            #expect(row.last_error == health.detail)
        }
    }

    @Test func aModelThatVanishedIsNoticedByATest() async throws {
        try await ModelWorld.with(.foundry) {
            $0.models[0].vanishesAfter = 1
        } _: { world in
            let small = try await world.lifecycle("small")
            _ = try await small.load()
            let ask = { try await small.test("Hi", maxTokens: 2, timeout: .seconds(10), using: world.client) }
            #expect(try await ask().error == nil)

            #expect(try await ask().error != nil)

            let row = try world.row("small")
            #expect(row.status == .error)
            #expect(row.last_error?.contains("does not offer it") == true, "\(row.last_error ?? "")")
            #expect(try await !small.health().healthy)
        }
    }

    @Test func aModelKeepsTheAliasThatAPersonGaveIt() async throws {
        try await ModelWorld.with { world in
            var named = ModelIdentity(AvailableModel(id: "small"), on: world.backend)
            named.alias = "my small one"
            try await world.installation.register(named, renaming: true)

            #expect(
                try await !world.installation.register(ModelIdentity(AvailableModel(id: "small"), on: world.backend)))

            #expect(try world.row("my small one").model_id == "small")
        }
    }
}
