import Events
import Foundation
import TestSupport
import Testing
import Transparency

@testable import EventStore

/// The hash tree that grows with the log.
struct TreeTests {
    /// The root over the stored events, leaf after leaf.
    private func root(of log: EventLog, size: UInt64) throws -> Digest {
        var tree = CompactRange()
        try log.scan(through: size) { raw in
            tree.append(leaf: Digest(leaf: raw.bytes))
            return true
        }
        return tree.root
    }

    @Test func theRootIsThatOfTheStoredEventsHoweverTheyCame() async throws {
        try await withTemporaryFolder { folder in
            var log = try EventLog(folder: folder)
            #expect(try log.tree { try $0.root() } == .ofEmptyTree)
            for (number, size) in [1, 254, 1, 1, 3, 700, 12, 40_000].enumerated() {
                let events = (0..<size).map { note("\(number).\($0)") }
                _ = try await log.append(events, to: number % 2 == 0 ? .system : .run("1"))
                if number == 4 {
                    log.close()
                    log = try EventLog(folder: folder)
                }
            }
            defer { log.close() }

            let size = try log.lastPosition()
            try log.tree { (tree: LogTree) throws in
                #expect(tree.size == size)
                for size in [1, 2, 255, 256, 257, 512, 973, 40_971, size] {
                    let expected = try root(of: log, size: size)
                    #expect(try tree.root(size: size) == expected, "size \(size)")
                }
            }
            let verification = try log.verify()
            #expect(verification.isClean)
            #expect(try verification.root == root(of: log, size: size))
        }
    }

    @Test func appendersAtOnceAndRefusedOnesLeaveTheTreeWhole() async throws {
        try await withLog { log in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for appender in 0..<16 {
                    group.addTask {
                        let stream = try StreamID.run("\(appender % 5)")
                        for number in 0..<20 {
                            // Every third is stale and refused, so what was foreseen for those behind it is wrong.
                            let expected: ExpectedVersion = number % 3 == 2 ? .exactly(1_000_000) : .any
                            let events = (0...number * 20).map { note("\(appender)/\(number)/\($0)") }
                            _ = try? await log.append(events, to: stream, expecting: expected)
                        }
                    }
                }
                try await group.waitForAll()
            }

            let verification = try log.verify()
            #expect(verification.problems == [])
            #expect(try verification.root == root(of: log, size: log.lastPosition()))
            #expect(try log.tree { try $0.root() } == verification.root)
        }
    }

    @Test func aRootThatDoesNotAgreeWithTheWritersIsNotGivenAway() async throws {
        try await withLog { log in
            _ = try await log.append((0..<300).map { note("\($0)") }, to: .system)
            #expect(try log.tree { try $0.root() } == log.verify().root)
            try log.store.write { transaction in
                try LogTables.tiles.put(LogTables.tileKey(level: 8, index: 0), .ofEmptyTree, in: transaction)
            }

            #expect(LogError.code { _ = try log.tree { try $0.root() } } == .corrupted(300))
        }
    }

    @Test func aProcessThatWroteMeanwhileIsNoticed() async throws {
        try await withLog { log in
            _ = try await log.append([note("a")], to: .system)
            // What another process does: a commit that the writer of this one knows nothing of.
            let other = LogCommitter(store: log.store, clock: { 1 })
            let events = try EncodedEvents([note("b"), note("c")], stream: .run("1"))
            _ = other.commit([AppendRequest(events: events, expected: .any) { _ in }])

            #expect(try await log.append([note("d")], to: .system).first == 4)
            #expect(try await log.append([note("e")], to: .run("1"), expecting: .exactly(2)).first == 5)
            #expect(try log.verify().problems == [])
        }
    }

    @Test func aLogOfFormat1IsReadAndBroughtUpToDate() async throws {
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/log-format-1.mdb")
        try await withTemporaryFolder { folder in
            try FileManager.default.copyItem(at: golden, to: URL(fileURLWithPath: folder + "/data.mdb"))
            let reading = try EventLog(folder: folder, access: .readOnly)
            let before = try reading.read(from: 1, limit: 1000)
            let root = try reading.tree { try $0.root() }
            #expect(before.count == 300)
            #expect(before[6].message == "message 6")
            #expect(try reading.verify().problems == [])
            reading.close()

            let log = try EventLog(folder: folder)
            defer { log.close() }
            #expect(try log.read(from: 1, limit: 1000) == before)
            #expect(try log.tree { try $0.root() } == root)
            let again = NewEvent(before[7].event, id: before[7].id)
            #expect(try await log.append([again], to: before[7].stream).wasAlreadyThere)
            #expect(try await log.append([note("new")], to: .system).first == 301)
            #expect(try log.verify().problems == [])
        }
    }
}
