import Events
import Foundation
import TestSupport
import Testing

@testable import EventStore

/// The index of ids, in which an entry stands for many.
struct IdentityTests {
    private func entries(_ log: EventLog) throws -> Int { try log.store.read { try LogTables.ids.count(in: $0) } }

    @Test func idsThatFollowOneAnotherShareAnEntry() async throws {
        try await withLog { log in
            let first = EventID(high: 0x0190_0000_0000_7000, low: 1 << 63)
            func id(_ number: UInt64) -> EventID { EventID(high: first.high, low: first.low + number) }

            _ = try await log.append((0..<100).map { note("\($0)", id: id($0)) }, to: .system)
            _ = try await log.append((100..<150).map { note("\($0)", id: id($0)) }, to: .run("1"))
            #expect(try entries(log) == 1)
            _ = try await log.append(
                [note("x", id: id(1000)), note("y", id: id(500)), note("z", id: id(501))], to: .system)
            #expect(try entries(log) == 3)

            #expect(try await log.append([note("120", id: id(120))], to: .run("1")).first == 121)
            #expect(try await log.append([note("z", id: id(501))], to: .system).first == 153)
            for taken in [0, 99, 100, 149, 500, 1000] as [UInt64] {
                await #expect(throws: LogError.self) {
                    try await log.append([note("other", id: id(taken))], to: .system)
                }
            }
            await #expect(throws: LogError.self, "the end of these reaches into ids that are taken") {
                try await log.append((490..<501).map { note("\($0)", id: id($0)) }, to: .system)
            }
            #expect(try await log.append((490..<500).map { note("\($0)", id: id($0)) }, to: .system).first == 154)
            #expect(try log.verify().problems == [])
        }
    }

    @Test func repeatingAnAppendInTheSameCommitWritesItOnce() async throws {
        try await withLog { log in
            let committer = LogCommitter(store: log.store, clock: { 1 })
            let (a, b) = ([note("a"), note("b")], [note("c")])
            let requests = try [a, b, a, b].map { events in
                AppendRequest(events: try EncodedEvents(events, stream: .system), expected: .any) { _ in }
            }

            let results = try committer.commit(requests).results.map { try $0.get() }

            #expect(results.map(\.first) == [1, 3, 1, 3])
            #expect(results.map(\.wasAlreadyThere) == [false, false, true, true])
        }
    }
}
