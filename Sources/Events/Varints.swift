/// A list of non-negative numbers as LEB128 varints, one after another: how a sample keeps its chunks' arrivals and sizes.
public enum Varints {
    /// The bytes of these numbers.
    public static func encode(_ values: some Sequence<UInt64>) -> [UInt8] {
        var bytes: [UInt8] = []
        for var value in values {
            while value >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
                value >>= 7
            }
            bytes.append(UInt8(value))
        }
        return bytes
    }

    /// The numbers in these bytes; nil when they end in the middle of one or one exceeds 64 bits.
    public static func decode(_ bytes: some Sequence<UInt8>) -> [UInt64]? {
        var values: [UInt64] = []
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes {
            guard shift < 63 || (shift == 63 && byte <= 1) else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                values.append(value)
                value = 0
                shift = 0
            } else {
                shift += 7
            }
        }
        return shift == 0 ? values : nil
    }
}

/// A list of non-negative numbers read from lent bytes one after another, as `Varints.decode` reads them: none at all when the
/// bytes end in the middle of a number or a number exceeds 64 bits.
public struct VarintSequence: Sequence, IteratorProtocol {
    @usableFromInline var bytes: UnsafeRawBufferPointer.Iterator

    /// The numbers in these bytes.
    @inlinable public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = (Self.areWhole(bytes) ? bytes : UnsafeRawBufferPointer(start: nil, count: 0)).makeIterator()
    }

    @inlinable public mutating func next() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.next() {
            value |= UInt64(byte & 0x7f) &<< shift
            if byte & 0x80 == 0 { return value }
            shift &+= 7
        }
        return nil
    }

    @usableFromInline static func areWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var shift = 0
        for byte in bytes {
            guard shift < 63 || (shift == 63 && byte <= 1) else { return false }
            shift = byte & 0x80 == 0 ? 0 : shift + 7
        }
        return shift == 0
    }
}
