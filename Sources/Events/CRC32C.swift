/// The Castagnoli checksum (RFC 3720, polynomial 0x1EDC6F41), eight bytes a step ("slicing by 8").
///
/// A checksum can be taken in parts: `CRC32C.of(b, continuing: CRC32C.of(a))` is that of a followed by b.
public enum CRC32C {
    /// The checksum of the bytes, or of all the bytes so far when it continues an earlier one.
    public static func of(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
        tables.withUnsafeBufferPointer { table in
            guard let table = table.baseAddress, var next = bytes.baseAddress else { return checksum }
            let end = next + bytes.count
            var state = ~checksum
            while end - next >= 8 {
                let word = UInt64(littleEndian: next.loadUnaligned(as: UInt64.self))
                let low = UInt32(truncatingIfNeeded: word) ^ state
                let high = UInt32(truncatingIfNeeded: word >> 32)
                // Two halves, so that the additions do not wait for each other.
                let first =
                    table[Int(1792 &+ (low & 0xFF))] ^ table[Int(1536 &+ (low >> 8 & 0xFF))]
                    ^ table[Int(1280 &+ (low >> 16 & 0xFF))] ^ table[Int(1024 &+ (low >> 24))]
                let second =
                    table[Int(768 &+ (high & 0xFF))] ^ table[Int(512 &+ (high >> 8 & 0xFF))]
                    ^ table[Int(256 &+ (high >> 16 & 0xFF))] ^ table[Int(high >> 24)]
                state = first ^ second
                next += 8
            }
            while next < end {
                state = state >> 8 ^ table[Int((state ^ UInt32(next.load(as: UInt8.self))) & 0xFF)]
                next += 1
            }
            return ~state
        }
    }

    /// Eight tables of 256: table k holds the checksum of a byte followed by k zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
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
