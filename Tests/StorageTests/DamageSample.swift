import Foundation
import Testing

@testable import Storage

/// A store of some hundred kilobytes with every kind of page in it, what it holds, and which bytes of the file are whose.
struct DamageSample {
    static let events = Table<UInt64, [UInt8]>("events", integerKeys: true)
    static let copies = Table<UInt64, [UInt8]>("copies", integerKeys: true)
    static let ids = Table<[UInt8], [UInt8]>("ids")
    static let texts = Table<[UInt8], [UInt8]>("texts")

    /// How many times as many flips as usual to try: `FLPERF_FLIPS=10 swift test`.
    static let effort = ProcessInfo.processInfo.environment["FLPERF_FLIPS"].flatMap { Int($0) } ?? 1

    let folder: String
    var file: String { folder + "/data.mdb" }
    private let descriptor: Int32
    private let size: Int
    private var numbers: [String: [UInt64: [UInt8]]] = [:]
    private var bytes: [String: [[UInt8]: [UInt8]]] = [:]
    /// Bytes of keys and values, with the table that they are in: what is wrong there is for checksums to find.
    private var content: [Int: String] = [:]
    /// Bytes of keys.
    private var keys: [Int] = []
    /// Bytes of pages in use that are neither key nor value.
    private var structure: [Int] = []

    init(folder: String) throws {
        self.folder = folder
        var options = Store.Options()
        options.durable = false
        let store = try Store(folder: folder, options: options)
        try DamageSample.fill(store)
        descriptor = open(folder + "/data.mdb", O_RDWR | O_CLOEXEC)
        size = Int(StoreFolder.fileSize(descriptor))
        try store.read { try takeDown($0) }
        store.close()
    }

    /// Many commits, so that there are free pages, and older versions of those in use.
    private static func fill(_ store: Store) throws {
        var random = SeededRandom(17)
        for round in 0..<20 as Range<UInt64> {
            try store.write { transaction throws in
                for number in round * 16 + 1...round * 16 + 16 {
                    let value = (0..<180).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
                    try events.put(number, value, in: transaction)
                    try copies.put(number, value.reversed(), in: transaction)
                    let id = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
                    try ids.put(id, [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 8), in: transaction)
                }
                try texts.put(random.key(), random.value(), in: transaction)
                let length = Int.random(in: 2500...13_000, using: &random)
                try texts.put(random.key(), [UInt8](repeating: UInt8(round), count: length), in: transaction)
                if let key = try texts.first(in: transaction)?.key, round % 3 == 2 {
                    try texts.delete(key, in: transaction)
                }
            }
        }
        // Leaves an older version of the last leaf behind.
        try store.write { try events.put(1000, [1, 2, 3], in: $0) }
    }

    private mutating func takeDown(_ transaction: borrowing ReadTransaction) throws {
        guard let pages = transaction.snapshot.pages else { preconditionFailure("a read transaction reads pages") }
        let start = pages.start
        var used: Set<Int> = [0, 1]
        func own(_ bytes: UnsafeRawBufferPointer, _ table: String, _ content: inout [Int: String]) {
            guard let address = bytes.baseAddress else { return }
            for offset in (address - start)..<(address - start + bytes.count) { content[offset] = table }
        }
        for table in [DamageSample.events, DamageSample.copies] {
            var records: [UInt64: [UInt8]] = [:]
            try table.scanBytes(in: transaction) { key, value in
                records[key.loadUnaligned(as: UInt64.self)] = [UInt8](value)
                own(key, table.name, &content)
                if let address = key.baseAddress { keys += (address - start)..<(address - start + key.count) }
                own(value, table.name, &content)
                return true
            }
            numbers[table.name] = records
        }
        for table in [DamageSample.ids, DamageSample.texts] {
            var records: [[UInt8]: [UInt8]] = [:]
            try table.scanBytes(in: transaction) { key, value in
                records[[UInt8](key)] = [UInt8](value)
                own(key, table.name, &content)
                if let address = key.baseAddress { keys += (address - start)..<(address - start + key.count) }
                own(value, table.name, &content)
                guard let node = key.baseAddress.map({ $0 - Node.headerSize }) else { return true }
                if Node(bytes: node).flags == Node.isLong {
                    // Where a long value lies and how long it is stand in place of the value.
                    own(UnsafeRawBufferPointer(start: node, count: 4), table.name, &content)
                    own(
                        UnsafeRawBufferPointer(start: node + Node.headerSize + key.count, count: 8), table.name,
                        &content)
                } else {
                    // One more or less makes no difference where the unused byte makes up for it.
                    if key.count & 1 == 1 { content[node - start] = table.name }
                    if value.count & 1 == 1 { content[node - start + 6] = table.name }
                }
                return true
            }
            bytes[table.name] = records
        }
        // A table's name is a key too.
        var cursor = TreeCursor(pages, pages.meta.tables, .leafOfTables)
        _ = try cursor.start(descending: false)
        for index in 0..<cursor.leaf.count { own(cursor.leaf.key(index), "", &content) }
        for tree in try [pages.meta.free, pages.meta.tables] + pages.tables().map(\.tree) {
            try collect(tree.root, tree, level: 1, pages, &used)
        }
        for page in used.sorted() {
            let header = Page(bytes: start + page * 4096)
            let unused = page < 2 ? MetaPage.size..<4096 : header.lower..<header.upper
            structure += (0..<4096).filter { !unused.contains($0) }.map { page * 4096 + $0 }.filter {
                content[$0] == nil
            }
        }
    }

    private func collect(
        _ page: UInt64, _ tree: Tree, level: Int, _ pages: PageReader, _ used: inout Set<Int>
    ) throws {
        used.insert(Int(page))
        guard level < tree.depth else { return }
        let branch = try pages.page(page, as: pages.role(of: tree).branch)
        for index in 0..<branch.count {
            try collect(branch.node(index).child, tree, level: level + 1, pages, &used)
        }
    }

    /// Where the file says how many records a table has.
    func offsetOfCount(_ table: String) throws -> Int {
        let pages = try reader()
        var cursor = TreeCursor(pages, pages.meta.tables, .leafOfTables)
        _ = try cursor.start(descending: false)
        let index = (0..<cursor.leaf.count).first { cursor.leaf.key($0).elementsEqual(table.utf8) }
        return cursor.leaf.node(try #require(index)).value - pages.start + 32
    }

    /// Where "events" refers to its last leaf, that leaf's number, and all other pages that could stand there going by their
    /// keys alone: an older version of it, and a leaf of another table.
    func doublesOfLastEvents() throws -> (offset: Int, child: UInt64, doubles: [UInt64]) {
        let pages = try reader()
        let root = try pages.page(try #require(try pages.table("events")).tree.root, as: .branchOfIntegers)
        let (child, bounds) = pages.child(root, root.count - 1, Bounds())
        let doubles = (2..<pages.pageCount).filter { page in
            page != child && (try? pages.page(page, as: .leafOfIntegers, within: bounds)) != nil
        }
        return (root.node(root.count - 1).bytes - pages.start, child, doubles)
    }

    func write(_ number: UInt32, at offset: Int) {
        var number = number
        #expect(pwrite(descriptor, &number, 4, off_t(offset)) == 4)
    }

    /// Mostly one that is not part of a record, sometimes one of a key, sometimes any.
    func anyBit(_ random: inout SeededRandom) -> (offset: Int, bit: Int) {
        let bit = Int.random(in: 0..<8, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return (Int.random(in: 0..<size, using: &random), bit)
        case 1: return (keys[Int.random(in: 0..<keys.count, using: &random)], bit)
        default: return (structure[Int.random(in: 0..<structure.count, using: &random)], bit)
        }
    }

    func flip(_ offset: Int, _ bit: Int) throws {
        var byte: UInt8 = 0
        #expect(pread(descriptor, &byte, 1, off_t(offset)) == 1)
        byte ^= 1 << bit
        #expect(pwrite(descriptor, &byte, 1, off_t(offset)) == 1)
    }
}

// MARK: - Reading it again

extension DamageSample {
    struct Outcome {
        /// What was read that is not so, but for the record that the flipped byte is part of.
        var wrong: [String] = []
        /// How often damage was told.
        var told = 0
    }

    func read(_ store: Store, flipped: Int, countsAreChecked: Bool) throws -> Outcome {
        let damaged = content[flipped]
        var outcome = Outcome()
        if damaged == "" { return outcome }
        try store.read { transaction throws in
            for table in [DamageSample.events, DamageSample.copies] {
                try read(
                    table, numbers[table.name] ?? [:], isDamaged: damaged == table.name, countsAreChecked, transaction,
                    &outcome)
            }
            for table in [DamageSample.ids, DamageSample.texts] {
                try read(
                    table, bytes[table.name] ?? [:], isDamaged: damaged == table.name, countsAreChecked, transaction,
                    &outcome)
            }
        }
        return outcome
    }

    private func read<Key: StoreKey & Hashable>(
        _ table: Table<Key, [UInt8]>, _ expected: [Key: [UInt8]], isDamaged: Bool, _ countsAreChecked: Bool,
        _ transaction: borrowing ReadTransaction, _ outcome: inout Outcome
    ) throws {
        let allowed = isDamaged ? 1 : 0
        func telling(_ body: () throws -> Void) throws {
            do { try body() } catch let error as StoreError where error.code == .corrupted { outcome.told += 1 }
        }
        try telling {
            let count = try table.count(in: transaction)
            if countsAreChecked && count != expected.count { outcome.wrong.append("\(table.name): \(count) counted") }
        }
        for order in [.ascending, .descending] as [Table<Key, [UInt8]>.Order] {
            var (right, wrong) = (0, 0)
            try telling {
                try table.scan(order, in: transaction) { key, value in
                    if expected[key] == value { right += 1 } else { wrong += 1 }
                    return true
                }
                let missing = expected.count - right
                if missing > allowed { outcome.wrong.append("\(table.name): \(missing) missing") }
            }
            if wrong > allowed { outcome.wrong.append("\(table.name): \(wrong) wrong") }
        }
        var wrong = 0
        for (index, (key, value)) in expected.enumerated() where index.isMultiple(of: 3) {
            try telling { if try table.get(key, in: transaction) != value { wrong += 1 } }
        }
        if wrong > allowed { outcome.wrong.append("\(table.name): \(wrong) wrong when asked for") }
    }

    /// Reads everything in every way from the pages alone, without what is checked when a store is opened.
    func readAllUnchecked() throws {
        guard let pages = try? reader() else { return }
        var trees = [pages.meta.tables]
        for name in ["events", "copies", "ids", "texts"] {
            if let table = try? pages.table(name) { trees.append(table.tree) }
        }
        _ = try? pages.tables()
        for tree in trees {
            for descending in [false, true] {
                try? pages.scan(tree, from: nil, descending: descending) { key, value in
                    [UInt8](key).count + [UInt8](value).count >= 0
                }
            }
            for key in (bytes["ids"] ?? [:]).keys.prefix(50) {
                _ = try? key.withUnsafeBytes { try pages.get($0, in: tree) }
            }
            for key in stride(from: 0 as UInt64, to: 500, by: 7) {
                _ = try? withUnsafeBytes(of: key) { try pages.get($0, in: tree) }
            }
        }
        var census = PageCensus(pages)
        try? census.addFreeList()
        try? pages.checkOrderOfCommits()
        for tree in trees { try? census.add(tree, as: pages.role(of: tree), all: true) }
    }

    /// A reader of the newest commit; throws when its first page can't be one.
    func reader() throws -> PageReader {
        let fileSize = Int(StoreFolder.fileSize(descriptor))
        struct NoPage: Error {}
        guard fileSize >= 8192 else { throw NoPage() }
        let map = try PageMap(descriptor, fileSize: fileSize, folder: folder)
        let metas = (0..<2 as Range<UInt64>).map { MetaPage.read(map, at: $0, 4096) }
        let newest = metas[0].transaction < metas[1].transaction ? 1 : 0
        guard metas[newest].isPlausible(at: UInt64(newest), pageSize: 4096) else { throw NoPage() }
        return PageReader(map, meta: metas[newest], previous: metas[1 - newest], fileSize: fileSize, folder: folder)
    }
}
