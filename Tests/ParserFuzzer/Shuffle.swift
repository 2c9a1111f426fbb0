/// A seeded generator, so that a failing round can be run again.
struct Shuffle: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

extension [UInt8] {
    /// Changes one thing: a bit, a byte, a range, a piece put in, or a part of another stream.
    mutating func change(with pieces: [[UInt8]], other: [UInt8], _ random: inout Shuffle) {
        guard !isEmpty else { return self = other }
        let index = Int(random.next() % UInt64(count))
        let end = Swift.min(count, index + 1 + Int(random.next() % 40))
        switch random.next() % 9 {
        case 0: self[index] ^= 1 << UInt8(random.next() % 8)
        case 1: self[index] = UInt8(truncatingIfNeeded: random.next())
        case 2: remove(at: index)
        case 3: removeSubrange(index..<end)
        case 4: insert(contentsOf: self[index..<end], at: index)
        case 5: removeSubrange(index...)
        case 6:
            let start = Int(random.next() % UInt64(other.count))
            replaceSubrange(index..<end, with: other[start..<Swift.min(other.count, start + 60)])
        default: insert(contentsOf: pieces[Int(random.next() % UInt64(pieces.count))], at: index)
        }
    }
}
