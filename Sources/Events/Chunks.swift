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
}
