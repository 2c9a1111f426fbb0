import DataFolder
import EventStore
import Events
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Fleet

/// With a real server, where one is installed.
@Suite(
    .enabled(
        if: NATSServer.isInstalled, "nats-server or libnats is not installed: apt-get install nats-server libnats-dev"))
struct JetStreamTests {
    @Test func whatIsShippedArrivesOnce() async throws {
        try await withServer { server, folder in
            let log = try makeLog(folder + "/log", events: 3_000)
            defer { log.close() }

            let first = try Shipper(log, to: server.address, replicas: 1) { _ in }.ship(follow: false)
            let second = try Shipper(log, to: server.address, replicas: 1) { _ in }.ship(follow: false)
            try fill(log, events: 10)
            let third = try Shipper(log, to: server.address, replicas: 1) { _ in }.ship(follow: false)

            #expect(first == Shipper.Summary(shipped: 3_000, through: 3_000, resent: 0))
            #expect(second == Shipper.Summary(shipped: 0, through: 3_000, resent: 0))
            #expect(third == Shipper.Summary(shipped: 10, through: 3_010, resent: 0))
            let (summary, copy) = try follow(server, folder)
            #expect(summary == Follower.Summary(sources: 1, added: 3_010, problems: []))
            #expect(try copy == storedBytes(of: log))
            #expect(try follow(server, folder).summary.added == 0)
        }
    }

    @Test func theStreamIsOneWriterAndRefusesTheOther() async throws {
        try await withServer { server, folder in
            let log = try makeLog(folder + "/log", events: 400)
            try log.copy(to: folder + "/restored")
            let restored = try EventLog(folder: folder + "/restored")
            defer { for log in [log, restored] { log.close() } }
            try fill(log, events: 5, saying: "a")
            try fill(restored, events: 9, saying: "b")
            _ = try Shipper(log, to: server.address, replicas: 1) { _ in }.ship(follow: false)

            let refusal = #expect(throws: FleetError.self) {
                try Shipper(restored, to: server.address, replicas: 1) { _ in }.ship(follow: false)
            }

            #expect("\(try #require(refusal))".contains("different histories"))
        }
    }

    @Test func whatAStreamHasLostIsToldAndSentAgain() async throws {
        try await withServer { server, folder in
            let log = try makeLog(folder + "/log", events: 3_000)
            defer { log.close() }
            let shipper = Shipper(log, to: server.address, replicas: 1) { _ in }
            _ = try shipper.ship(follow: false)
            let lost = try blocks(of: log)[1]
            try server.ask("STREAM.MSG.DELETE.flperf-\(log.source)", "{\"seq\":2}")

            let (before, _) = try follow(server, folder)
            #expect(before.added == lost.first - 1)
            #expect(before.problems.first?.contains("Events \(lost.first) to \(lost.last) ") == true)
            let compared = try shipper.verify()
            let again = try shipper.verify()
            try fill(log, events: 100)
            let rest = try shipper.ship(follow: false)

            #expect(compared.refilled == lost.last - lost.first + 1)
            #expect(compared.problems.isEmpty && again.refilled == 0)
            #expect(rest.shipped == 100)
            let (after, copy) = try follow(server, folder)
            #expect(after.problems.isEmpty)
            #expect(try copy == storedBytes(of: log))
        }
    }

    @Test func aStreamThatLostEverythingIsFilledAnew() async throws {
        try await withServer { server, folder in
            let log = try makeLog(folder + "/log", events: 1_000)
            defer { log.close() }
            let shipper = Shipper(log, to: server.address, replicas: 1) { _ in }
            _ = try shipper.ship(follow: false)
            _ = try follow(server, folder)

            try server.ask("STREAM.PURGE.flperf-\(log.source)", "{}")
            #expect(try shipper.ship(follow: false).shipped == 1_000)
            try server.ask("STREAM.DELETE.flperf-\(log.source)", "")
            try fill(log, events: 10)
            #expect(try shipper.ship(follow: false).shipped == 1_010)

            let (summary, copy) = try follow(server, folder)
            #expect(summary == Follower.Summary(sources: 1, added: 10, problems: []))
            #expect(try copy == storedBytes(of: log))
        }
    }

    @Test func aStreamThatWasMadeAnewIsFollowedFurther() async throws {
        try await withServer { server, folder in
            let log = try makeLog(folder + "/log", events: 10)
            let copy = try EventLog(folder: folder + "/copy", source: log.source, isCopy: true)
            defer { for log in [log, copy] { log.close() } }
            let shipper = Shipper(log, to: server.address, replicas: 1) { _ in }
            let shipOften = { (times: Int) in
                for _ in 0..<times {
                    try fill(log, events: 10)
                    _ = try shipper.ship(follow: false)
                }
            }
            let follower = Follower(server.address, own: SourceID(UUID()), warn: { _ in }) { _ in copy }
            try shipOften(20)
            _ = try follower.follow(once: true)

            try server.ask("STREAM.DELETE.flperf-\(log.source)", "")
            // One block holds what 20 held before, and the sequences that were read hold what comes after.
            try shipOften(30)

            #expect(try follower.follow(once: true).problems.isEmpty)
            #expect(try storedBytes(of: copy) == storedBytes(of: log))
        }
    }

    @Test func aServerThatIsKilledInTheMiddleLosesAndDoublesNothing() async throws {
        try await withServer { server, folder in
            let log = try makeLog(folder + "/log", events: 500)
            defer { log.close() }
            let course = Course()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try Shipper(log, to: server.address, replicas: 1) { _ in }.ship(
                        follow: true, isCancelled: { Task.isCancelled || course.isOver.load(ordering: .relaxed) }
                    ) { through, _ in course.through.store(through, ordering: .relaxed) }
                }
                for round in 1...3 {
                    try fill(log, events: 2_000)
                    server.kill()
                    try await server.start()
                    let last = UInt64(500 + round * 2_000)
                    while course.through.load(ordering: .relaxed) < last {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                course.isOver.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }

            let (summary, copy) = try follow(server, folder)
            #expect(summary == Follower.Summary(sources: 1, added: 6_500, problems: []))
            #expect(try copy == storedBytes(of: log))
        }
    }

    @Test func nobodyThereIsSaidInASentence() throws {
        let address = try NATSAddress("nats://user:secret@127.0.0.1:1")
        let refusal = #expect(throws: FleetError.self) { try NATSConnection(address) }
        #expect("\(try #require(refusal))".hasPrefix("Could not reach NATS at nats://127.0.0.1:1: "))
    }

    /// Follows the one log that is shipped into a copy of it, and tells what that then holds.
    private func follow(_ server: NATSServer, _ folder: String) throws -> (summary: Follower.Summary, copy: [[UInt8]]) {
        var copies: [EventLog] = []
        defer { for copy in copies { copy.close() } }
        let follower = Follower(server.address, own: SourceID(UUID()), warn: { _ in }) { source in
            copies.append(try EventLog(folder: "\(folder)/copies/\(source)", source: source, isCopy: true))
            return copies[0]
        }
        let summary = try follower.follow(once: true)
        return (summary, try storedBytes(of: copies[0]))
    }

    private func withServer(_ body: (NATSServer, String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let server = try NATSServer(folder: folder + "/nats")
            try await server.start()
            let outcome = await Result { try await body(server, folder) }
            server.kill()
            try outcome.get()
        }
    }
}

/// What a shipper and those who watch it share.
private final class Course: Sendable {
    let isOver = Atomic(false)
    let through = Atomic<UInt64>(0)
}
