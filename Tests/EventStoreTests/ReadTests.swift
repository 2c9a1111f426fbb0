import Events
import TestSupport
import Testing

@testable import EventStore

struct ReadTests {
    @Test func aScanGoesThroughManySnapshotsAndSeesEachEventOnce() async throws {
        try await withLog { log in
            let count = LogLimits.eventsPerSnapshot * 2 + 10
            _ = try await log.append((0..<count).map { _ in NewEvent(.serviceStopped(.init())) }, to: .system)

            var positions: [Position] = []
            try log.scan { raw in
                positions.append(raw.position)
                return true
            }

            #expect(positions == Array(1...UInt64(count)))
            #expect(try log.readStream(.system).count == count)
            #expect(try log.read(from: 1, limit: count + 5).count == count)
        }
    }

    @Test(arguments: [(1, 3), (3, 3), (4, 9), (5, 4), (11, 20)] as [(Position, Position)])
    func aScanKeepsToItsBounds(first: Position, last: Position) async throws {
        try await withLog { log in
            _ = try await log.append((1...10).map { note("\($0)") }, to: .system)

            var seen: [Position] = []
            try log.scan(from: first, through: last) { raw in
                seen.append(raw.position)
                return true
            }

            #expect(seen == (1...10).filter { $0 >= first && $0 <= last })
        }
    }

    @Test func aScanStopsWhenItIsTold() async throws {
        try await withLog { log in
            _ = try await log.append((1...10).map { note("\($0)") }, to: .system)
            var seen = 0
            try log.scan { _ in
                seen += 1
                return seen < 4
            }
            #expect(seen == 4)
        }
    }

    @Test func headersAreReadWithoutThePayload() async throws {
        try await withLog { log in
            let event = note("hello")
            _ = try await log.append([event], to: .run("7"))

            try log.scan(checksums: false) { raw throws in
                #expect(raw.type == .logRecorded)
                #expect(raw.id == event.id)
                #expect(raw.streamVersion == 1)
                #expect(try raw.stream() == .run("7"))
                #expect(try raw.decode() == event.event)
                return true
            }
        }
    }

    @Test func readingGoesOnWhileAppending() async throws {
        try await withLog { log in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...300 { _ = try await log.append([note("\(number)")], to: .system) }
                }
                for _ in 0..<3 {
                    group.addTask {
                        var seen: UInt64 = 0
                        while seen < 300 {
                            let events = try log.read(from: 1, limit: 1000)
                            #expect(events.map(\.position) == (0..<UInt64(events.count)).map { $0 + 1 })
                            #expect(UInt64(events.count) >= seen)
                            seen = UInt64(events.count)
                            await Task.yield()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
