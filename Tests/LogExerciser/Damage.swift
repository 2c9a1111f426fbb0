import EventStore
import Events
import Foundation

/// The numbers of SplitMix64: the same for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// What a log with damage in it gave to whoever read it.
enum Answer: String, CaseIterable {
    /// An error, or a problem that `verify` tells.
    case detected
    /// All events as they were written, and nothing to complain of.
    case right
    /// A state of the log as it was before: fewer events, all of them right.
    case older
    /// Anything else.
    case wrong

    static func of(folder: String, expecting events: [RecordedEvent]) -> Answer {
        do {
            let log = try EventLog(folder: folder)
            defer { log.close() }
            let found = try log.read(from: 1, limit: .max)
            guard try log.verify().isClean else { return .detected }
            for event in found.prefix(20) where try log.event(at: event.position) != event { return .wrong }
            if found == events { return .right }
            return found.count < events.count && found.elementsEqual(events.prefix(found.count)) ? .older : .wrong
        } catch {
            return .detected
        }
    }
}

/// Counts of answers, printed in one line.
struct Tally {
    private var counts: [Answer: Int] = [:]

    mutating func add(_ answer: Answer) { counts[answer, default: 0] += 1 }
    subscript(answer: Answer) -> Int { counts[answer] ?? 0 }

    var line: String {
        let all = counts.values.reduce(0, +)
        return "tried=\(all) " + Answer.allCases.map { "\($0)=\(self[$0])" }.joined(separator: " ")
    }
}

/// Single bits flipped in a copy of a log's file.
struct Flips {
    private let folder: String
    private let flips: Int
    private let first: Int
    private let isAnywhere: Bool
    private let seed: Int

    init(_ arguments: Arguments) {
        folder = arguments[1]
        flips = arguments.number("flips", 2000)
        first = arguments.number("first", 0)
        seed = arguments.number("seed", 1)
        isAnywhere = arguments.has("anywhere")
    }

    func run() throws {
        let (events, whole) = try contents(of: folder)
        let bits = isAnywhere ? [0..<whole.count * 8] : eventBits(of: events, in: whole)
        var generator = SeededGenerator(seed: seed)
        var tally = Tally()
        let copy = folder + ".damaged"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        for flip in 0..<flips {
            let bit = bits.randomElement(using: &generator).flatMap { $0.randomElement(using: &generator) } ?? 0
            if flip < first { continue }
            // Before it is tried: should the process die of it, the last line tells which it was.
            if isAnywhere { FileHandle.standardError.write(Data("flip=\(flip) bit=\(bit)\n".utf8)) }
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            try damaged.write(to: URL(fileURLWithPath: copy + "/data.mdb"))
            let answer = Answer.of(folder: copy, expecting: events)
            tally.add(answer)
            if answer == .wrong || !isAnywhere && answer != .detected { printNow("flip=\(flip) bit=\(bit) \(answer)") }
        }
        printNow(tally.line)
        guard tally[.wrong] == 0, isAnywhere || tally[.detected] == flips - first else { exit(1) }
    }

    /// Where each event's stored bytes lie. Those of more than a page lie in pages of their own, in one piece too. Of the
    /// copies that older pages still hold the one that counts can't be told by its bytes: events that are there twice are left
    /// out.
    private func eventBits(of events: [RecordedEvent], in whole: Data) -> [Range<Int>] {
        events.compactMap { event in
            let id = Data(event.id.bytes)
            var places: [Range<Data.Index>] = []
            var from = whole.startIndex
            while let place = whole.range(of: id, in: from..<whole.endIndex) {
                places.append(place)
                from = place.upperBound
            }
            // A stored event has its id at byte 24, behind a 1 for its format; the index of ids has only the id.
            let starts = places.map { $0.lowerBound - 24 }.filter { start in
                start >= 0 && whole[start] == 1
                    && whole[start + 8..<start + 16].elementsEqual(
                        withUnsafeBytes(of: event.position.littleEndian) { Array($0) })
            }
            guard starts.count == 1, let start = starts.first else { return nil }
            let payload = whole[start + 48..<start + 52].reversed().reduce(0) { $0 << 8 | Int($1) }
            let length = 56 + Int(whole[start + 1]) + payload
            return start * 8..<(start + length) * 8
        }
    }
}

private func contents(of folder: String) throws -> (events: [RecordedEvent], file: Data) {
    let log = try EventLog(folder: folder)
    let events = try log.read(from: 1, limit: .max)
    log.close()
    return (events, try Data(contentsOf: URL(fileURLWithPath: folder + "/data.mdb")))
}

/// Every length that ends on a page border, and the bytes before and behind it.
func cutOffEverywhere(_ folder: String) throws {
    let (events, whole) = try contents(of: folder)
    var tally = Tally()
    let copy = folder + ".damaged"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    for border in stride(from: 0, to: whole.count, by: 4096) {
        for length in Set([max(0, border - 1), border, border + 1]).sorted() {
            FileHandle.standardError.write(Data("length=\(length)\n".utf8))
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
            try whole.prefix(length).write(to: URL(fileURLWithPath: copy + "/data.mdb"))
            let answer = Answer.of(folder: copy, expecting: events)
            tally.add(answer)
            if answer != .detected { printNow("length=\(length) \(answer)") }
        }
    }
    printNow(tally.line)
    guard tally[.wrong] == 0, tally[.older] == 0 else { exit(1) }
}
