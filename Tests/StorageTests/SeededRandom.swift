/// Random numbers that are the same for the same seed (SplitMix64, Steele et al. 2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// 1 to 511 bytes, mostly few, many with the same beginning.
    mutating func key() -> [UInt8] {
        let length =
            Int.random(in: 0..<10, using: &self) == 0
            ? Int.random(in: 1...511, using: &self) : Int.random(in: 1...20, using: &self)
        return (0..<length).map { UInt8.random(in: $0 < 4 ? 0...3 : 0...255, using: &self) }
    }

    /// Mostly short, some empty, some several pages long.
    mutating func value() -> [UInt8] {
        let length =
            switch Int.random(in: 0..<20, using: &self) {
            case 0: 0
            case 1: Int.random(in: 2000...20_000, using: &self)
            default: Int.random(in: 1...200, using: &self)
            }
        return [UInt8](repeating: UInt8.random(in: 0...255, using: &self), count: length)
    }
}
