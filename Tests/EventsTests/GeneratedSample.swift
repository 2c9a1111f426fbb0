import Events

/// Samples as lists of encoded fields, made up from random bits.
enum GeneratedSample {
    /// The fields of a sample, a third of them missing; sometimes with some that no version knows.
    static func fields(_ random: inout SeededBits) -> [[UInt8]] {
        var fields: [[UInt8]] = []
        for number in UInt64(1)...48 where !random.next().isMultiple(of: 3) {
            fields.append(field(number, kind(of: number), &random))
        }
        while random.next().isMultiple(of: 3) {
            fields.append(
                field(random.next() % 60 + 1, Kind.allCases.randomElement(using: &random) ?? .number, &random))
        }
        return fields
    }

    /// The fields in another order, some left out, some twice, some with a new value.
    static func rearranged(_ fields: [[UInt8]], _ random: inout SeededBits) -> [UInt8] {
        var fields = fields
        for _ in 0..<random.next() % 6 {
            let number = random.next() % 48 + 1
            fields.append(field(number, kind(of: number), &random))
            if let again = fields.randomElement(using: &random) { fields.append(again) }
            fields.remove(at: Int(random.next() % UInt64(fields.count)))
        }
        return fields.shuffled(using: &random).flatMap(\.self)
    }

    /// The bytes cut off, with flipped bits, or with some put in or taken out.
    static func damaged(_ bytes: [UInt8], _ random: inout SeededBits) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.next() % 3 {
            let at = Int(random.next() % UInt64(bytes.count + 1))
            switch random.next() % 8 {
            case 0: bytes.removeSubrange(at...)
            case 1: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
            case 2: bytes.removeSubrange(at..<min(bytes.count, at + 1))
            default: if at < bytes.count { bytes[at] ^= 1 << UInt8(random.next() % 8) }
            }
        }
        return bytes
    }

    private enum Kind: CaseIterable { case number, text, bytes, varints, server, kept, group, fixed32, fixed64 }

    private static func kind(of number: UInt64) -> Kind {
        switch number {
        case 1...3, 19, 22, 30, 31: .text
        case 16, 17, 41, 48: .varints
        case 28, 39, 40: .server
        case 29: .bytes
        case 36: .kept
        default: .number
        }
    }

    private static func field(_ number: UInt64, _ kind: Kind, _ random: inout SeededBits) -> [UInt8] {
        func tag(_ wireType: UInt64) -> [UInt8] { Varints.encode([number << 3 | wireType]) }
        func sized(_ bytes: [UInt8]) -> [UInt8] { tag(2) + Varints.encode([UInt64(bytes.count)]) + bytes }
        switch kind {
        case .number: return tag(0) + Varints.encode([value(&random)])
        case .fixed64: return tag(1) + bytes(8, &random)
        case .text:
            let letters = ["", "a", "phi-4-mini", "ß", "河", "😀", "\0", "\u{7FF}", "\u{FFFF}"]
            return sized(
                (0..<random.next() % 4).flatMap { _ in Array((letters.randomElement(using: &random) ?? "").utf8) })
        case .bytes: return sized(bytes(Int(random.next() % 40), &random))
        case .varints: return sized(Varints.encode((0..<random.next() % 20).map { _ in value(&random) }))
        case .server:
            return sized((0..<random.next() % 6).flatMap { _ in field(random.next() % 6 + 1, .number, &random) })
        case .kept: return sized(field(1, .text, &random) + (random.next() % 2 == 0 ? field(2, .bytes, &random) : []))
        case .group: return tag(3) + field(random.next() % 40 + 1, .number, &random) + tag(4)
        case .fixed32: return tag(5) + bytes(4, &random)
        }
    }

    private static func value(_ random: inout SeededBits) -> UInt64 {
        switch random.next() % 4 {
        case 0: random.next() % 3
        case 1: UInt64.max - random.next() % 3
        case 2: random.next() >> (random.next() % 64)
        default: 1 << (random.next() % 64)
        }
    }

    private static func bytes(_ count: Int, _ random: inout SeededBits) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
}

/// Random bits that are the same at every run: SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededBits: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
