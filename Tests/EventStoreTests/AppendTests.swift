@testable import EventStore
import Events
import Foundation
import TestSupport
import Testing

struct AppendTests {
    @Test func whatIsAppendedIsReadBackAsItWas() async throws {
        try await withTemporaryFolder { folder in
            let log = try EventLog(folder: folder, clock: { 1_700_000_000_123_456_789 })
            defer { log.close() }
            let new = note("hello")
            let run = try StreamID.run("1")

            let first = try await log.append([new], to: .system, expecting: .exactly(0))
            let second = try await log.append([note("a"), note("b")], to: run, expecting: .exactly(0))

            #expect(first == Appended(first: 1, last: 1, streamVersion: 1, wasAlreadyThere: false))
            #expect(second == Appended(first: 2, last: 3, streamVersion: 2, wasAlreadyThere: false))
            let expected = RecordedEvent(
                position: 1, recordedAt: 1_700_000_000_123_456_789, id: new.id, stream: .system, version: 1,
                event: new.event)
            #expect(try log.event(at: 1) == expected)
            #expect(try log.event(at: 1)?.schemaVersion == new.event.schemaVersion)
            #expect(try log.event(at: 4) == nil)
            #expect(try log.read(from: 2, limit: 10).map(\.message) == ["a", "b"])
            #expect(try log.lastPosition() == 3)
            #expect(try log.streamVersion(run) == 2)
            #expect(try log.streamVersion(.run("2")) == 0)
        }
    }

    @Test func aStreamIsReadFromAnyVersionThoughOthersLieBetween() async throws {
        try await withLog { log in
            let (one, two) = (try StreamID.run("1"), try StreamID.run("10"))
            for round in 0..<20 {
                _ = try await log.append((0...round % 3).map { note("\(round).\($0)") }, to: round % 5 == 0 ? two : one)
            }

            let events = try log.readStream(one)

            #expect(events.map(\.version) == Array(1...UInt64(events.count)))
            #expect(events.allSatisfy { $0.stream == one })
            for version in [1, 2, 7, UInt64(events.count), UInt64(events.count) + 1] {
                #expect(try log.readStream(one, fromVersion: version) == Array(events.dropFirst(Int(version) - 1)))
            }
            #expect(try log.streamVersion(one) == UInt64(events.count))
        }
    }

    @Test func aStaleVersionIsRefusedNamingBoth() async throws {
        try await withLog { log in
            let run = try StreamID.run("42")
            _ = try await log.append((0..<5).map { note("\($0)") }, to: run)

            let error = await #expect(throws: LogError.self) {
                try await log.append([note("late")], to: run, expecting: .exactly(3))
            }

            #expect(error?.code == .versionConflict(stream: run, expected: 3, found: 5))
            #expect(error?.description == "Could not append to stream 'run-42': expected version 3, found 5.")
            #expect(try log.lastPosition() == 5)
            #expect(try await log.append([note("in time")], to: run, expecting: .exactly(5)).first == 6)
        }
    }

    @Test func theSameEventsAreWrittenOnce() async throws {
        try await withLog { log in
            let events = [note("a"), note("b"), note("c")]
            let first = try await log.append(events, to: .system, expecting: .exactly(0))
            _ = try await log.append([note("other")], to: .system)

            let again = try await log.append(events, to: .system, expecting: .exactly(0))

            #expect(again == Appended(first: first.first, last: first.last, streamVersion: 3, wasAlreadyThere: true))
            #expect(try log.lastPosition() == 4)
        }
    }

    @Test func anIDThatBelongsToAnotherEventIsRefused() async throws {
        try await withLog { log in
            let (a, b) = (note("a"), note("b"))
            _ = try await log.append([a, b], to: .system)
            let elsewhere = try StreamID.run("1")
            let refused: [(events: [NewEvent], stream: StreamID)] = [
                ([note("changed", id: a.id)], .system),
                ([a], elsewhere),
                ([b, a], .system),
                ([a, note("new")], .system),
                ([note("new"), b], .system),
            ]

            for attempt in refused {
                let error = await #expect(throws: LogError.self) {
                    try await log.append(attempt.events, to: attempt.stream)
                }
                guard case .duplicateIDWithOtherBytes = error?.code else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            let twice = EventID.make()
            await #expect(throws: LogError.self) {
                try await log.append([note("x", id: twice), note("x", id: twice)], to: .system)
            }
            let (low, high) = (EventID(deterministicFrom: "low"), EventID.make())
            await #expect(throws: LogError.self) {
                try await log.append([note("x", id: low), note("y", id: high), note("z", id: low)], to: .system)
            }

            #expect(try log.lastPosition() == 2)
            #expect(try log.verify().isClean)
            #expect(try await log.append([b], to: .system).first == 2)
        }
    }

    @Test func idsNeedNotAscend() async throws {
        try await withLog { log in
            let events = (0..<50).map { note("\($0)", id: EventID(deterministicFrom: "event \($0)")) }
            _ = try await log.append(Array(events[..<30]), to: .system)
            _ = try await log.append(Array(events[30...]), to: .system)

            let again = try await log.append(Array(events[..<30]), to: .system)

            #expect(again.wasAlreadyThere)
            #expect(try log.lastPosition() == 50)
            #expect(try log.verify().isClean)
        }
    }

    @Test func appendingNothingTellsWhereTheLogIs() async throws {
        try await withLog { log in
            _ = try await log.append([note("a")], to: .system)

            let nothing = try await log.append([], to: .run("1"), expecting: .exactly(0))

            #expect(nothing == Appended(first: 2, last: 1, streamVersion: 0, wasAlreadyThere: false))
            await #expect(throws: LogError.self) { try await log.append([], to: .system, expecting: .exactly(7)) }
            #expect(try log.verify().isClean)
        }
    }

    @Test func concurrentAppendersShareCommitsAndNoneHurtsAnother() async throws {
        try await withLog { log in
            let before = log.store.lastTransaction()
            let answers = try await withThrowingTaskGroup(of: [Position].self) { group in
                for appender in 0..<64 {
                    group.addTask {
                        let stream = try StreamID.run("\(appender)")
                        var positions: [Position] = []
                        for version in 0..<10 as Range<UInt64> {
                            await #expect(throws: LogError.self) {
                                try await log.append([note("stale")], to: stream, expecting: .exactly(version + 1))
                            }
                            let appended = try await log.append(
                                [note("\(appender)/\(version)")], to: stream, expecting: .exactly(version))
                            positions.append(appended.first)
                        }
                        #expect(positions == positions.sorted())
                        return positions
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }

            #expect(answers.sorted() == Array(1...640))
            #expect(try log.read(from: 1, limit: 1000).map(\.position) == Array(1...640))
            #expect(log.store.lastTransaction() - before < 640, "some commits were shared")
            for appender in 0..<64 {
                #expect(try log.readStream(.run("\(appender)")).map(\.message) == (0..<10).map { "\(appender)/\($0)" })
            }
            #expect(try log.verify().isClean)
        }
    }

    @Test func moreThanMayBePendingWaitsItsTurn() async throws {
        try await withLog { log in
            let size = LogLimits.pendingEvents / 2 + 1
            let batch = (0..<size).map { _ in NewEvent(.serviceStopped(.init())) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<3 {
                    group.addTask {
                        let own = batch.map { NewEvent($0.event) }
                        _ = try await log.append(own, to: .run("\(number)"))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try log.lastPosition() == UInt64(3 * size))
        }
    }

    @Test func theBlockingFormAppendsToo() throws {
        try withTemporaryFolder { folder throws in
            let log = try EventLog(folder: folder)
            defer { log.close() }

            #expect(try log.appendBlocking([note("a")], to: .system).last == 1)
            #expect(throws: LogError.self) { try log.appendBlocking([note("b")], to: .system, expecting: .exactly(0)) }
        }
    }

    @Test func anEventOverTheLimitIsRefused() async throws {
        try await withLog { log async throws in
            let error = await #expect(throws: LogError.self) {
                try await log.append([note(String(repeating: "x", count: Envelope.payloadLimit))], to: .system)
            }
            #expect(error?.code == .tooLarge)
            #expect(try await log.append([note(String(repeating: "x", count: 1 << 20))], to: .system).last == 1)
            #expect(try log.event(at: 1)?.message.utf8.count == 1 << 20)
        }
    }

    @Test func aClosedLogSaysSo() async throws {
        try await withLog { log in
            _ = try await log.append([note("a")], to: .system)
            log.close()

            #expect(
                await #expect(throws: LogError.self) { try await log.append([note("b")], to: .system) }?.code == .closed
            )
            #expect(LogError.code { _ = try log.lastPosition() } == .closed)
            #expect(LogError.code { try log.appendBlocking([note("b")], to: .system) } == .closed)
        }
    }
}
