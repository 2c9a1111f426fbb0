import Benchmarking
import DataFolder
import EventStore
import Events
import Testing

/// Which connections the requests of a run go over, and what their samples say of it.
struct ConnectionRunTests {
    private func samples(_ installation: Installation, _ run: String) throws -> [InferenceSampled] {
        try installation.log.readStream(.run(run)).compactMap { recorded in
            if case .inferenceSampled(let sample) = recorded.event { sample } else { nil }
        }
    }

    private func connections(_ installation: Installation, _ run: String) throws -> Connections? {
        for recorded in try installation.log.readStream(.run(run)) {
            if case .runRequested(let requested) = recorded.event { return requested.configuration.connections }
        }
        return nil
    }

    @Test func theConnectionsOfALevelAreOpenBeforeItsFirstWave() async throws {
        try await RunTests.run(settings: { settings in
            settings.concurrency = [2, 6]
            settings.iterations = 12
            settings.warmup = 0
        }) { installation, _, detail in
            let samples = try samples(installation, detail.run.id)

            #expect(samples.count == 48 && samples.allSatisfy { $0.error == .none && !$0.hasConnectedNs })
            #expect(samples.allSatisfy { $0.connection.hasReadyNs && !$0.connection.hasConnectNs })
            #expect(try connections(installation, detail.run.id) == .reused)
            // Of each level and scenario, the first request of each worker waited for none before it.
            #expect((4...16).contains(samples.count { !$0.client.hasRefillNs }))
            #expect(samples.allSatisfy { $0.client.refillNs >= 0 && $0.client.hasLoopLagMaxNs })
        }
    }

    @Test func freshConnectionsAreMeasuredToo() async throws {
        try await RunTests.run(settings: { settings in
            settings.concurrency = [3]
            settings.iterations = 6
            settings.freshConnections = true
        }) { installation, _, detail in
            let samples = try samples(installation, detail.run.id)

            #expect(samples.count == 14 && samples.allSatisfy { $0.error == .none && $0.connection.hasConnectNs })
            #expect(samples.allSatisfy { $0.connectedNs >= $0.startedNs && $0.connectedNs <= $0.sentNs })
            #expect(try connections(installation, detail.run.id) == .fresh)
        }
    }
}
