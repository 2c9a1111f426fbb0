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
    /// Changes one thing: a byte replaced, inserted, removed, a piece doubled, or the end cut off.
    mutating func mutate(with alphabet: [UInt8], _ random: inout Shuffle) {
        guard !isEmpty else { return append(alphabet.randomElement(using: &random)!) }
        let index = indices.randomElement(using: &random)!
        switch Int.random(in: 0..<6, using: &random) {
        case 0: self[index] = alphabet.randomElement(using: &random)!
        case 1: insert(alphabet.randomElement(using: &random)!, at: index)
        case 2: remove(at: index)
        case 3: insert(contentsOf: self[index..<Swift.min(count, index + 5)], at: index)
        case 4: self[index] = UInt8.random(in: 0...255, using: &random)
        default: removeLast(Int.random(in: 0...Swift.min(3, count), using: &random))
        }
    }
}
