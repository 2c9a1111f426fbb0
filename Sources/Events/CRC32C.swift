import CHash

/// The Castagnoli checksum (RFC 3720, polynomial 0x1EDC6F41): by the processor's instruction where it has one, else sixteen
/// bytes a step by tables ("slicing by 16").
///
/// A checksum can be taken in parts: `CRC32C.of(b, continuing: CRC32C.of(a))` is that of a followed by b.
public enum CRC32C {
    /// The checksum of the bytes, or of all the bytes so far when it continues an earlier one.
    public static func of(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
        guard hasInstruction else { return byTables(bytes, continuing: checksum) }
        guard let start = bytes.baseAddress else { return checksum }
        return ~chash_crc32c(~checksum, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    private static let hasInstruction = chash_has_crc32c() != 0

    /// The same without the instruction.
    static func byTables(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
        tables.withUnsafeBufferPointer { table in
            guard let table = table.baseAddress, var next = bytes.baseAddress else { return checksum }
            let end = next + bytes.count
            var state = ~checksum
            while end - next >= 16 {
                let first = UInt64(littleEndian: next.loadUnaligned(as: UInt64.self)) ^ UInt64(state)
                let second = UInt64(littleEndian: next.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                // Two halves, so that the lookups of one do not wait for those of the other.
                state = folded(first, table + 8 * 256) ^ folded(second, table)
                next += 16
            }
            while next < end {
                state = state >> 8 ^ table[Int((state ^ UInt32(next.load(as: UInt8.self))) & 0xFF)]
                next += 1
            }
            return ~state
        }
    }

    /// What eight bytes leave behind, by the tables of their distances from the end.
    @inline(__always)
    private static func folded(_ word: UInt64, _ table: UnsafePointer<UInt32>) -> UInt32 {
        let low = UInt32(truncatingIfNeeded: word)
        let high = UInt32(truncatingIfNeeded: word >> 32)
        let first =
            table[Int(1792 &+ (low & 0xFF))] ^ table[Int(1536 &+ (low >> 8 & 0xFF))]
            ^ table[Int(1280 &+ (low >> 16 & 0xFF))] ^ table[Int(1024 &+ (low >> 24))]
        let second =
            table[Int(768 &+ (high & 0xFF))] ^ table[Int(512 &+ (high >> 8 & 0xFF))]
            ^ table[Int(256 &+ (high >> 16 & 0xFF))] ^ table[Int(high >> 24)]
        return first ^ second
    }

    /// Sixteen tables of 256: table k holds the checksum of a byte followed by k zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 16 * 256)
        for byte in 0..<256 {
            var state = UInt32(byte)
            for _ in 0..<8 { state = state >> 1 ^ (state & 1 == 1 ? 0x82F6_3B78 : 0) }
            tables[byte] = state
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()
}
