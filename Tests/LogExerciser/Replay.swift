import EventStore
import Events
import Foundation

/// What a disk may hold after a power cut, from a trace of `faulty-io.c`.
///
/// What was written before the last sync that succeeded is there. Of what was written later any part may be, in units of a
/// sector (512 bytes) and in any order, and each change of the file's size may have happened or not. What was not on the disk
/// when a sync failed may never come there: the system takes those pages for written.
struct Replay {
    private let trace: Data
    private let folder: String
    private let cuts: Int
    private let first: Int
    private let seed: Int
    private let ignoresSyncs: Bool

    private enum Change {
        case write(offset: Int, bytes: Data)
        case size(Int)
    }

    init(_ arguments: Arguments) throws {
        trace = try Data(contentsOf: URL(fileURLWithPath: arguments[1]), options: .alwaysMapped)
        folder = arguments[2]
        cuts = arguments.number("cuts", 200)
        first = arguments.number("first", 0)
        seed = arguments.number("seed", 1)
        ignoresSyncs = arguments.has("ignore-syncs")
    }

    func run() throws {
        let records = try offsets()
        var generator = SeededGenerator(seed: seed)
        let chosen = Set((0..<cuts).map { _ in Int.random(in: 0...records.count, using: &generator) }).sorted()
        var disk = Disk()
        var acknowledged: [(id: EventID, position: Position)] = []
        var done = 0
        var (checked, lost, torn) = (0, 0, 0)
        for (number, cut) in chosen.enumerated() {
            for record in records[done..<cut] { apply(record, to: &disk, &acknowledged, &generator) }
            done = cut
            let image = disk.afterPowerCut(&generator)
            if number < first { continue }
            FileHandle.standardError.write(Data("cut=\(number) record=\(cut)\n".utf8))
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if !image.isEmpty { try image.write(to: URL(fileURLWithPath: folder + "/data.mdb")) }
            checked += 1
            do {
                let check = try Check(folder: folder, acknowledged: acknowledged)
                lost += check.lost
                torn += check.torn
                if let problem = check.firstProblem { printNow("cut=\(number) record=\(cut): \(problem)") }
            } catch {
                // Before anything was acknowledged there may be no log yet.
                if acknowledged.isEmpty { continue }
                lost += acknowledged.count
                printNow("cut=\(number) record=\(cut): \(error)")
            }
        }
        printNow("cuts=\(checked) acknowledged=\(acknowledged.count) lost=\(lost) torn=\(torn)")
        if lost + torn > 0 { exit(1) }
    }

    private func number(at offset: Int, bytes: Int) -> Int {
        trace[offset..<offset + bytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private func offsets() throws -> [Int] {
        var offsets: [Int] = []
        var offset = 0
        while offset + 13 <= trace.count, offset + 13 + number(at: offset + 9, bytes: 4) <= trace.count {
            offsets.append(offset)
            offset += 13 + number(at: offset + 9, bytes: 4)
        }
        return offsets
    }

    private func apply(
        _ offset: Int, to disk: inout Disk, _ acknowledged: inout [(id: EventID, position: Position)],
        _ generator: inout SeededGenerator
    ) {
        let place = number(at: offset + 1, bytes: 8)
        let bytes = trace[offset + 13..<offset + 13 + number(at: offset + 9, bytes: 4)]
        switch trace[offset] {
        case UInt8(ascii: "W"): disk.pending.append(.write(offset: place, bytes: bytes))
        case UInt8(ascii: "D"): disk.write(bytes, at: place)
        case UInt8(ascii: "T"): disk.pending.append(.size(place))
        case UInt8(ascii: "S"): if !ignoresSyncs { disk.sync() }
        case UInt8(ascii: "F"): disk.failSync(&generator)
        default: acknowledged += Check.lines(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The bytes on a disk, and what is only in the system's memory.
    private struct Disk {
        var bytes = Data()
        var pending: [Change] = []

        mutating func write(_ new: Data, at offset: Int) {
            if bytes.count < offset + new.count { bytes.append(Data(count: offset + new.count - bytes.count)) }
            bytes.replaceSubrange(offset..<offset + new.count, with: new)
            // An older write to the same place must not come over it.
            pending = pending.flatMap { change in Disk.cut(change, by: offset..<offset + new.count) }
        }

        mutating func sync() {
            for change in pending { apply(change) }
            pending = []
        }

        /// Each sector that waited is there or never will be.
        mutating func failSync(_ generator: inout SeededGenerator) {
            bytes = afterPowerCut(&generator)
            pending = []
        }

        func afterPowerCut(_ generator: inout SeededGenerator) -> Data {
            var disk = Disk(bytes: bytes)
            // Now and then all of it or nothing: the commonest ends.
            let likelihood = [0, 10, 50, 90, 100].randomElement(using: &generator) ?? 50
            for change in pending {
                switch change {
                case .size: if Int.random(in: 0..<100, using: &generator) < likelihood { disk.apply(change) }
                case .write(let offset, let bytes):
                    let isTorn = Int.random(in: 0..<4, using: &generator) == 0
                    let unit = isTorn ? 512 : 4096
                    for start in stride(from: 0, to: bytes.count, by: unit)
                    where Int.random(in: 0..<100, using: &generator) < likelihood {
                        let part = bytes.dropFirst(start).prefix(unit)
                        disk.apply(.write(offset: offset + start, bytes: part))
                    }
                }
            }
            return disk.bytes
        }

        private mutating func apply(_ change: Change) {
            switch change {
            case .size(let size):
                if size < bytes.count {
                    bytes = bytes.prefix(size)
                } else {
                    bytes.append(Data(count: size - bytes.count))
                }
            case .write(let offset, let new):
                if bytes.count < offset + new.count { bytes.append(Data(count: offset + new.count - bytes.count)) }
                bytes.replaceSubrange(offset..<offset + new.count, with: new)
            }
        }

        /// What is left of a change where a later one has covered a part of it.
        private static func cut(_ change: Change, by covered: Range<Int>) -> [Change] {
            guard case .write(let offset, let bytes) = change else { return [change] }
            let range = offset..<offset + bytes.count
            guard range.overlaps(covered) else { return [change] }
            var left: [Change] = []
            if range.lowerBound < covered.lowerBound {
                left.append(.write(offset: offset, bytes: bytes.prefix(covered.lowerBound - offset)))
            }
            if range.upperBound > covered.upperBound {
                left.append(
                    .write(offset: covered.upperBound, bytes: bytes.suffix(range.upperBound - covered.upperBound)))
            }
            return left
        }
    }
}
