/// A list of non-negative numbers as LEB128 varints, one after another: how a sample keeps its chunks' arrivals and sizes.
///
/// At a gap of 10 ms with realistic jitter, in µs, that is 2 bytes a chunk.
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

extension SampleView {
    /// When each non-empty content chunk arrived, as `InferenceSampled.chunkArrivals` has it, worked out one after another.
    public var chunkArrivals: ChunkArrivals { ChunkArrivals(gaps: VarintSequence(chunkGapsUs), at: startedNs) }

    /// The sum of the gaps so far, from the start of the request.
    public struct ChunkArrivals: Sequence, IteratorProtocol {
        @usableFromInline var gaps: VarintSequence
        @usableFromInline var at: Int64

        @inlinable init(gaps: VarintSequence, at: Int64) {
            self.gaps = gaps
            self.at = at
        }

        @inlinable public mutating func next() -> Int64? {
            guard let gap = gaps.next() else { return nil }
            at &+= Int64(truncatingIfNeeded: gap) &* 1000
            return at
        }
    }
}

extension InferenceSampled {
    /// When each non-empty content chunk arrived.
    ///
    /// - Unit: nanoseconds since the run's anchor, monotonic clock, to the microsecond.
    /// - Shape: one per content chunk, in order; empty when there was none or no arrival was kept.
    /// - Source: `chunk_gaps_us`: the first from `started_ns`, each other from the one before.
    public var chunkArrivals: [Int64] {
        get {
            var at = startedNs
            return (Varints.decode(chunkGapsUs) ?? []).map { gap in
                at &+= Int64(truncatingIfNeeded: gap) &* 1000
                return at
            }
        }
        set {
            var before = startedNs
            chunkGapsUs = .init(
                Varints.encode(
                    newValue.map { at in
                        // Rounded against the running sum of what was stored, so that rounding never adds up.
                        let gap = max(0, (at - before + 500) / 1000)
                        before += gap * 1000
                        return UInt64(gap)
                    }))
        }
    }

    /// Reads of the socket that delivered more than one content chunk.
    ///
    /// Such chunks share one arrival, that of the last of them: the earlier ones came between the arrival before and it.
    /// Source: gaps of 0 in `chunk_gaps_us`. Known where `clock` is the kernel's; other clocks may tell such chunks apart by
    /// when they were looked at.
    public var sharedReads: Int {
        let gaps = Varints.decode(chunkGapsUs) ?? []
        return gaps.indices.dropFirst().count { gaps[$0] == 0 && ($0 == 1 || gaps[$0 - 1] != 0) }
    }
}
