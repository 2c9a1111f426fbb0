import Foundation
import Synchronization

/// The identity of one event, for ever: a UUID (RFC 9562). Whoever makes the event chooses it, so that an append whose
/// outcome is unknown can be tried again without being recorded twice.
public struct EventID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first 8 bytes, as a big-endian number.
    public let high: UInt64
    /// The last 8 bytes, as a big-endian number.
    public let low: UInt64

    /// The id of these two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id (UUIDv7). Each one of a process is greater than those before it, and they sort by time across processes.
    ///
    /// Those of the same few milliseconds follow one another by 1 (RFC 9562, section 6.2, method 2), so an index can hold many
    /// of them in one entry.
    public static func make() -> EventID { newest.withLock { $0.next() } }

    /// Whether `other` is the id one greater.
    public func isFollowed(by other: EventID) -> Bool { distance(to: other) == 1 }

    /// How much greater `other` is; nil when it is less, or differs in the first 8 bytes.
    public func distance(to other: EventID) -> UInt64? {
        high == other.high && low <= other.low ? other.low - low : nil
    }

    /// The same id for the same text, always and everywhere (UUIDv5 in a name space of its own): for what is imported.
    public init(deterministicFrom text: String) {
        self.init(name: text, namespace: EventID(high: 0x0f1e_9e4f_5c1b_4b0e, low: 0xa3c4_2f6d_7d02_91b6))
    }

    /// UUIDv5 (RFC 9562, section 5.5): SHA-1 over the name space's bytes and the name's.
    init(name: String, namespace: EventID) {
        let digest = SHA1.digest(namespace.bytes + Array(name.utf8))
        func half(_ range: Range<Int>) -> UInt64 { digest[range].reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: half(0..<8) & ~0xF000 | 0x5000, low: half(8..<16) & ~(3 << 62) | 1 << 63)
    }

    /// Reads the usual text form, `018f3a5e-7d4c-7a1b-9c2d-3e4f5a6b7c8d`, in either case; nil when it is not one.
    public init?(_ text: String) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = groups.joined()
        guard
            digits.utf8.allSatisfy({
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0 | 0x20
            }),
            let high = UInt64(digits.prefix(16), radix: 16), let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// The usual text form, in lower case.
    public var description: String {
        func hex(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: digits - text.count) + text
        }
        return [
            hex(high >> 32, 8), hex(high >> 16 & 0xFFFF, 4), hex(high & 0xFFFF, 4), hex(low >> 48, 4),
            hex(low & 0xFFFF_FFFF_FFFF, 12),
        ].joined(separator: "-")
    }

    /// The 16 bytes in the order of the text.
    public var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }

    public static func < (a: EventID, b: EventID) -> Bool { (a.high, a.low) < (b.high, b.low) }

    // MARK: - UUIDv7

    private static let newest = Mutex(Newest())

    /// The last id that was made. Of each millisecond the first is random; the clock may stand still, or go back.
    private struct Newest {
        #if os(Linux)
        /// As of the last tick of the system, some milliseconds ago: a third of what the exact time costs.
        private static let clock = CLOCK_REALTIME_COARSE
        #else
        private static let clock = CLOCK_REALTIME
        #endif
        private var millisecond: UInt64 = 0
        private var id = EventID(high: 0, low: .max)

        mutating func next() -> EventID {
            var now = timespec()
            clock_gettime(Newest.clock, &now)
            let time = UInt64(max(0, now.tv_sec)) * 1000 + UInt64(now.tv_nsec) / 1_000_000
            if time > millisecond || id.low == .max >> 2 | 1 << 63 {
                millisecond = max(time, millisecond + 1)
                // Far enough from the end for all that a millisecond can hold.
                id = EventID(
                    high: millisecond << 16 | 0x7000 | .random(in: 0..<1 << 12), low: 1 << 63 | .random(in: 0..<1 << 61)
                )
            } else {
                id = EventID(high: id.high, low: id.low + 1)
            }
            return id
        }
    }
}

/// SHA-1 (RFC 3174), for UUIDv5 and nothing else: it is broken as a proof and fine as a name.
private enum SHA1 {
    static func digest(_ message: [UInt8]) -> [UInt8] {
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }

        var hash: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        for block in stride(from: 0, to: padded.count, by: 64) {
            var words = (0..<16).map { word in
                padded[block + 4 * word..<block + 4 * word + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            }
            for index in 16..<80 {
                let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
                words.append(mixed << 1 | mixed >> 31)
            }
            var (a, b, c, d, e) = (hash[0], hash[1], hash[2], hash[3], hash[4])
            for index in 0..<80 {
                let (choice, constant): (UInt32, UInt32) =
                    switch index {
                    case ..<20: (b & c | ~b & d, 0x5A82_7999)
                    case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                    case ..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
                    default: (b ^ c ^ d, 0xCA62_C1D6)
                    }
                let rotated = a << 5 | a >> 27
                (a, b, c, d, e) = (rotated &+ choice &+ e &+ constant &+ words[index], a, b << 30 | b >> 2, c, d)
            }
            hash = zip(hash, [a, b, c, d, e]).map { $0 &+ $1 }
        }
        return hash.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
    }
}
