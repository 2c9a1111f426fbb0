import Foundation
import TestSupport
import Testing

@testable import Storage

/// What is read from the pages themselves is what LMDB reads: a write transaction asks LMDB, a read transaction the pages.
struct PageReaderTests {
    let names = Table<[UInt8], [UInt8]>("names")
    let numbers = Table<UInt64, [UInt8]>("numbers", integerKeys: true)

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func pagesAndLMDBGiveTheSame(seed: UInt64) throws {
        var random = SeededRandom(seed)
        try withStore { store throws in
            for round in 0..<12 {
                try store.write { try change(round: round, in: $0, &random) }
                try expectSame(in: store, &random)
                #expect(try store.checkPages().problems == [])
            }
        }
    }

    /// Some rounds fill the tables, some empty them; keys are of every length, and values up to several pages long.
    private func change(
        round: Int, in transaction: borrowing WriteTransaction, _ random: inout SeededRandom
    ) throws {
        let isFilling = round % 4 != 3
        for _ in 0..<(isFilling ? 150 : 600) {
            let number = UInt64.random(in: 0..<2000, using: &random)
            if isFilling && Int.random(in: 0..<5, using: &random) > 0 {
                try names.put(random.key(), random.value(), in: transaction)
                try numbers.put(number, random.value(), in: transaction)
            } else {
                try numbers.delete(number, in: transaction)
                if let key = try names.last(through: random.key(), in: transaction)?.key {
                    try names.delete(key, in: transaction)
                }
            }
        }
        if round == 10 { try numbers.clear(in: transaction) }
    }

    private func expectSame(in store: Store, _ random: inout SeededRandom) throws {
        let keys = (0..<100).map { _ in random.key() }
        let byLMDB = try store.write { try Answers(names, numbers, keys, in: $0) }
        let byPages = try store.read { try Answers(names, numbers, keys, in: $0) }
        #expect(byPages == byLMDB)
    }

    @Test func deepTreesOfLongKeysAreReadToTheEnd() throws {
        try withStore { store throws in
            try store.write { transaction throws in
                for number in 0..<3000 {
                    let key = [UInt8](repeating: 7, count: 500) + Array("\(number)".utf8)
                    try names.put(key, Array("\(number)".utf8), in: transaction)
                }
            }
            try store.read { transaction throws in
                #expect(try transaction.snapshot.pages?.table("names")?.tree.depth ?? 0 >= 4)
                var seen = 0
                try names.scan(in: transaction) { key, value in
                    #expect(key[500...].elementsEqual(value))
                    seen += 1
                    return true
                }
                #expect(seen == 3000)
            }
            #expect(try store.checkPages().problems == [])
        }
    }

    @Test func everySnapshotIsWholeWhileAnotherThreadWrites() async throws {
        try await withStore { store throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var random = SeededRandom(9)
                    for round in 1...150 as ClosedRange<UInt64> {
                        try store.write { transaction throws in
                            try numbers.clear(in: transaction)
                            for number in 1...round { try numbers.put(number, random.value(), in: transaction) }
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        for _ in 0..<150 {
                            #expect(try store.checkPages().problems == [])
                            try store.read { transaction throws in
                                var seen: UInt64 = 0
                                try numbers.scanBytes(in: transaction) { key, _ in
                                    seen += 1
                                    #expect(key.loadUnaligned(as: UInt64.self) == seen)
                                    return true
                                }
                                #expect(try numbers.count(in: transaction) == Int(seen))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aTableOfOtherKeysThanAskedForIsRefused() throws {
        try withStore { store throws in
            try store.write { try numbers.put(1, [1], in: $0) }
            let error = #expect(throws: StoreError.self) {
                try store.read { try Table<UInt64, [UInt8]>("numbers").get(1, in: $0) }
            }
            #expect(error?.code == .corrupted)
        }
    }

    @Test func snapshotsOfManySizesOfTheFileLiveSideBySide() throws {
        try withStore { store throws in
            try store.write { try numbers.put(0, [0], in: $0) }
            try store.read { first throws in
                #expect(try numbers.count(in: first) == 1)
                // Past what the first snapshot has mapped.
                for number in 1...80 as ClosedRange<UInt64> {
                    try store.write { try numbers.put(number, [UInt8](repeating: 1, count: 1 << 20), in: $0) }
                }
                try store.read { transaction throws in #expect(try numbers.get(80, in: transaction)?.count == 1 << 20) }
                #expect(try numbers.count(in: first) == 1)
                #expect(try numbers.get(0, in: first) == [0])
            }
        }
    }
}

/// Everything that a transaction says of the tables.
private struct Answers: Equatable {
    var names: [[UInt8]] = []
    var numbers: [[UInt8]] = []
    var counts: [Int] = []
    var tables: [String] = []

    init(
        _ nameTable: Table<[UInt8], [UInt8]>, _ numberTable: Table<UInt64, [UInt8]>, _ keys: [[UInt8]],
        in transaction: borrowing some Transaction & ~Copyable
    ) throws {
        tables = try transaction.tableNames()
        counts = [try nameTable.count(in: transaction), try numberTable.count(in: transaction)]
        for order in [.ascending, .descending] as [Table<[UInt8], [UInt8]>.Order] {
            try nameTable.scan(order, in: transaction) {
                names += [$0, $1]; return true
            }
        }
        for key in keys {
            names.append(try nameTable.get(key, in: transaction) ?? [])
            names.append(try nameTable.last(through: key, in: transaction)?.key ?? [])
            try nameTable.scan(from: key, in: transaction) { key, _ in
                names.append(key)
                return false
            }
        }
        for order in [.ascending, .descending] as [Table<UInt64, [UInt8]>.Order] {
            try numberTable.scan(order, in: transaction) {
                numbers += [[UInt8($0 % 251)], $1]; return true
            }
        }
        for number in stride(from: 0 as UInt64, to: 2100, by: 13) {
            numbers.append(try numberTable.get(number, in: transaction) ?? [])
            numbers.append(try numberTable.last(through: number, in: transaction)?.value ?? [])
            try numberTable.scan(from: number, in: transaction) { _, value in
                numbers.append(value)
                return false
            }
        }
    }
}
