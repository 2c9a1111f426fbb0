import Storage
import TestSupport
import Testing

struct TableTests {
    let words = Table<String, String>("words")
    let numbers = Table<UInt64, UInt64>("numbers")

    @Test func aTableThatWasNeverWrittenReadsAsEmpty() throws {
        try withStore { store throws in
            try store.read { transaction throws in
                #expect(try words.get("absent", in: transaction) == nil)
                #expect(try words.first(in: transaction) == nil)
                #expect(try words.count(in: transaction) == 0)
                #expect(try transaction.tableNames().isEmpty)
            }
        }
    }

    @Test func whatIsPutIsThereUntilItIsDeleted() throws {
        try withStore { store throws in
            try store.write { transaction throws in
                try words.put("one", "eins", in: transaction)
                try words.put("one", "un", in: transaction)
                try words.put("nothing", "", in: transaction)
            }

            try store.read { transaction throws in
                #expect(try words.get("one", in: transaction) == "un")
                #expect(try words.get("nothing", in: transaction) == "")
                #expect(try words.contains("two", in: transaction) == false)
            }
            try store.write { transaction throws in
                #expect(try words.delete("one", in: transaction))
                #expect(try words.delete("one", in: transaction) == false)
                #expect(try words.get("one", in: transaction) == nil)
            }
        }
    }

    @Test func insertingKeepsWhatIsThere() throws {
        try withStore { store throws in
            try store.write { transaction throws in
                #expect(try words.insert("one", "eins", in: transaction))
                #expect(try words.insert("one", "un", in: transaction) == false)
                #expect(try words.get("one", in: transaction) == "eins")
            }
        }
    }

    @Test func appendingTakesOnlyGreaterKeys() throws {
        try withStore { store throws in
            try store.write { transaction throws in
                #expect(try numbers.putAppend(1, 10, in: transaction))
                #expect(try numbers.putAppend(300, 20, in: transaction))
                #expect(try numbers.putAppend(300, 30, in: transaction) == false)
                #expect(try numbers.putAppend(2, 30, in: transaction) == false)
                #expect(try numbers.count(in: transaction) == 2)
                #expect(try numbers.get(300, in: transaction) == 20)
            }
        }
    }

    @Test(arguments: [false, true])
    func numbersScanInOrderBothWaysFromAnyKey(integerKeys: Bool) throws {
        let table = Table<UInt64, UInt64>("scanned", integerKeys: integerKeys)
        let keys: [UInt64] = [1, 2, 255, 256, 65_536, 1 << 40]
        try withStore { store throws in
            try store.write { transaction throws in
                for key in keys.reversed() { try table.put(key, key * 2, in: transaction) }
            }

            try store.read { transaction throws in
                #expect(try scanned(table, from: nil, .ascending, in: transaction) == keys)
                #expect(try scanned(table, from: 255, .ascending, in: transaction) == [255, 256, 65_536, 1 << 40])
                #expect(try scanned(table, from: 257, .ascending, in: transaction) == [65_536, 1 << 40])
                #expect(try scanned(table, from: nil, .descending, in: transaction) == keys.reversed())
                #expect(try scanned(table, from: 256, .descending, in: transaction) == [256, 255, 2, 1])
                #expect(try scanned(table, from: 300, .descending, in: transaction) == [256, 255, 2, 1])
                #expect(try scanned(table, from: 0, .descending, in: transaction).isEmpty)
                #expect(try scanned(table, from: .max, .descending, in: transaction) == keys.reversed())
                #expect(try scanned(table, from: .max, .ascending, in: transaction).isEmpty)
                #expect(try table.first(in: transaction)?.key == 1)
                #expect(try table.last(in: transaction)?.key == 1 << 40)
                #expect(try table.last(through: 300, in: transaction)?.key == 256)
            }
        }
    }

    private func scanned(
        _ table: Table<UInt64, UInt64>, from start: UInt64?, _ order: Table<UInt64, UInt64>.Order,
        in transaction: borrowing ReadTransaction
    ) throws -> [UInt64] {
        var found: [UInt64] = []
        try table.scan(from: start, order, in: transaction) { key, value in
            #expect(value == key * 2)
            found.append(key)
            return true
        }
        return found
    }

    @Test func aScanStopsWhenItIsTold() throws {
        try withStore { store throws in
            try store.write { transaction throws in
                for key in 1...10 as ClosedRange<UInt64> { try numbers.put(key, 0, in: transaction) }
                var seen: [UInt64] = []
                try numbers.scan(in: transaction) { key, _ in
                    seen.append(key)
                    return key < 3
                }
                #expect(seen == [1, 2, 3])
            }
        }
    }

    @Test func aScanMayDeleteWhatItIsGiven() throws {
        try withStore { store throws in
            try store.write { transaction throws in
                for key in 1...1000 as ClosedRange<UInt64> { try numbers.put(key, 0, in: transaction) }
                var seen = 0
                try numbers.scan(in: transaction) { key, _ in
                    seen += 1
                    if key.isMultiple(of: 2) { try numbers.delete(key, in: transaction) }
                    return true
                }
                #expect(seen == 1000)
                #expect(try numbers.count(in: transaction) == 500)
            }
        }
    }

    @Test func aPrefixGivesItsKeysAndNoOthers() throws {
        let table = Table<Pair, String>("pairs")
        try withStore { store throws in
            try store.write { transaction throws in
                for name in ["a", "ab", "b"] {
                    for number in 0..<3 as Range<UInt64> {
                        try table.put(Pair(name: name, number: number), "\(name)\(number)", in: transaction)
                    }
                }
                var found: [String] = []
                try table.scan(prefix: KeyBuilder.bytes { $0.append("a") }, in: transaction) { key, value in
                    #expect(value == "\(key.name)\(key.number)")
                    found.append(value)
                    return true
                }
                #expect(found == ["a0", "a1", "a2"])
            }
        }
    }

    @Test func bytesAreLentUncopied() throws {
        let blobs = Table<String, [UInt8]>("blobs")
        try withStore { store throws in
            try store.write { try blobs.put("one", [1, 2, 3], in: $0) }

            let sum = try store.read { try blobs.withBytes(of: "one", in: $0) { $0.reduce(0) { $0 + Int($1) } } }

            #expect(sum == 6)
        }
    }

    @Test func clearedAndDroppedTablesAreNotListed() throws {
        try withStore { store throws in
            try store.write { transaction throws in
                try words.put("one", "eins", in: transaction)
                try numbers.put(1, 1, in: transaction)
                #expect(try transaction.tableNames() == ["numbers", "words"])
            }
            try store.write { transaction throws in
                try transaction.dropTable("words")
                try transaction.dropTable("never made")
            }
            try store.read { transaction throws in #expect(try transaction.tableNames() == ["numbers"]) }

            try store.write { transaction throws in
                try words.put("two", "zwei", in: transaction)
                try numbers.clear(in: transaction)
            }

            try store.read { transaction throws in
                #expect(try transaction.tableNames() == ["words"])
                #expect(try words.get("one", in: transaction) == nil)
            }
        }
    }

    @Test func keysOfThe511thByteAreTakenAndOfThe512thRefused() throws {
        try withStore { store throws in
            try store.write { transaction throws in
                try words.put(String(repeating: "k", count: 511), "longest", in: transaction)

                let error = #expect(throws: StoreError.self) {
                    try words.put(String(repeating: "k", count: 512), "too long", in: transaction)
                }

                #expect(error?.code == .invalidRecord)
                #expect(error?.description.contains("this one has 512") == true)
                #expect(throws: StoreError.self) { try words.put("", "empty", in: transaction) }
                #expect(try words.get("", in: transaction) == nil)
                #expect(try words.delete("", in: transaction) == false)
                #expect(try words.count(in: transaction) == 1)
                #expect(try words.get(String(repeating: "k", count: 512), in: transaction) == nil)
                #expect(
                    try words.last(through: String(repeating: "k", count: 600), in: transaction)?.value == "longest")
            }
        }
    }

    @Test(arguments: [true, false])
    func theAppenderTakesOnlyGreaterKeys(integerKeys: Bool) throws {
        let table = Table<UInt64, [UInt8]>("appended", integerKeys: integerKeys)
        try withStore { store throws in
            try store.write { transaction throws in
                try table.put(100, [0], in: transaction)
                let taken = try table.withAppender(in: transaction) { appender in
                    try ([1, 2, 3] as [UInt8]).withUnsafeBytes { bytes in
                        try [99, 101, 300, 300, 102].map { try appender.append($0, bytes) }
                    }
                }
                #expect(taken == [false, true, true, false, false])
                #expect(try table.count(in: transaction) == 3)
                #expect(try table.get(300, in: transaction) == [1, 2, 3])
            }
        }
    }
}

private struct Pair: StoreKey {
    var name: String
    var number: UInt64

    init(name: String, number: UInt64) {
        self.name = name
        self.number = number
    }

    func write(to key: inout KeyBuilder) {
        key.append(name)
        key.append(number)
    }

    init(from key: inout KeyReader) throws(StoreError) {
        name = try key.string()
        number = try key.uint64()
    }
}
