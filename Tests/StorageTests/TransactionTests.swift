import Foundation
import TestSupport
import Testing

@testable import Storage

struct TransactionTests {
    let words = Table<String, String>("words")

    @Test func aThrowLeavesNothingBehind() throws {
        struct Stop: Error {}
        try withStore { store throws in
            try store.write { try words.put("kept", "yes", in: $0) }

            #expect(throws: Stop.self) {
                try store.write { transaction throws in
                    try words.put("lost", "no", in: transaction)
                    try Table<String, String>("lost too").put("lost", "no", in: transaction)
                    throw Stop()
                }
            }

            try store.read { transaction throws in
                #expect(try words.get("lost", in: transaction) == nil)
                #expect(try words.get("kept", in: transaction) == "yes")
                #expect(try transaction.tableNames() == ["words"])
            }
            try store.write { try Table<String, String>("lost too").put("now", "there", in: $0) }
            try store.read { transaction throws in
                #expect(try Table<String, String>("lost too").count(in: transaction) == 1)
            }
        }
    }

    @Test func aSnapshotStaysAsItWas() throws {
        try withStore { store throws in
            try store.write { try words.put("one", "before", in: $0) }

            try store.read { transaction throws in
                #expect(try words.get("one", in: transaction) == "before")
                try store.write { writing throws in
                    try words.put("one", "after", in: writing)
                    try Table<String, String>("new").put("a", "b", in: writing)
                    #expect(try words.get("one", in: writing) == "after")
                }
                #expect(try words.get("one", in: transaction) == "before")
                #expect(try Table<String, String>("new").get("a", in: transaction) == nil)
            }

            try store.read { transaction throws in
                #expect(try words.get("one", in: transaction) == "after")
                #expect(try Table<String, String>("new").get("a", in: transaction) == "b")
            }
        }
    }

    @Test func readersAndAWriterGoOnBesideEachOther() async throws {
        try await withStore { store throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for round in 1...200 {
                        try store.write { transaction throws in
                            for table in 0..<4 {
                                try Table<String, UInt64>("table \(table)").put("round", UInt64(round), in: transaction)
                            }
                        }
                    }
                }
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<200 {
                            let rounds = try store.read { transaction throws in
                                try (0..<4).map {
                                    try Table<String, UInt64>("table \($0)").get("round", in: transaction)
                                }
                            }
                            #expect(Set(rounds).count == 1, "one snapshot, one round")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aFullMapGrowsByItself() throws {
        let blobs = Table<UInt64, [UInt8]>("blobs")
        try withStore(mapSize: 1 << 20) { store throws in
            for key in 0..<64 as Range<UInt64> {
                try store.write { try blobs.put(key, [UInt8](repeating: 7, count: 100_000), in: $0) }
            }

            try store.read { transaction throws in #expect(try blobs.count(in: transaction) == 64) }
        }
    }

    @Test func aWriteLargerThanTheMapIsRefusedAndTheNextFitsAfterGrowing() throws {
        let blobs = Table<UInt64, [UInt8]>("blobs")
        try withStore(mapSize: 1 << 20) { store throws in
            let error = #expect(throws: StoreError.self) {
                try store.write { try blobs.put(1, [UInt8](repeating: 7, count: 1_500_000), in: $0) }
            }
            #expect(error?.code == .mapFull)
            #expect(error?.description.contains(store.folder) == true)

            #expect(store.grow())

            try store.write { try blobs.put(1, [UInt8](repeating: 7, count: 1_500_000), in: $0) }
        }
    }

    @Test func everyCommitMovesTheTransactionNumber() throws {
        try withStore { store throws in
            let before = store.lastTransaction()
            try store.write { try words.put("one", "eins", in: $0) }
            #expect(store.lastTransaction() == before + 1)
        }
    }
}

func withStore<Result>(mapSize: Int? = nil, _ body: (Store) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
        var options = Store.Options()
        options.durable = false
        if let mapSize { options.mapSize = mapSize }
        let store = try Store(folder: folder, options: options)
        defer { store.close() }
        return try body(store)
    }
}

func withStore<Result>(_ body: (Store) async throws -> Result) async throws -> Result {
    try await withTemporaryFolder { folder in
        var options = Store.Options()
        options.durable = false
        let store = try Store(folder: folder, options: options)
        defer { store.close() }
        return try await body(store)
    }
}
