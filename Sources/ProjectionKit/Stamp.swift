/// A number that is another one, but for a chance in 2^64, when any of the bytes that it was made from is. It is the same in
/// every process; it is no protection against anybody who wants two to be equal.
public struct Stamp: Sendable, Hashable {
    public private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    public init() {}

    /// Takes bytes in. Where one piece ends and the next begins counts too.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        for byte in bytes[offset...] { rest = rest << 8 | UInt64(byte) }
        mix(rest)
        mix(UInt64(bytes.count))
    }

    /// A step of multiplication and shift, as in MurmurHash's finalizer.
    private mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0xFF51_AFD7_ED55_8CCD
        value ^= value >> 32
    }
}
