/// The gaps between the arrivals of a sample's chunks in microseconds, the first from the start of the request: worked out of
/// its bytes one after another. None at all when the bytes are not whole numbers.
public struct ChunkGaps: Sequence, IteratorProtocol {
    @usableFromInline var values: VarintSequence
    /// The gap that the later ones are given by their difference from; nil where gaps are given as they are.
    @usableFromInline var usual: Int64?
    @usableFromInline var isFirst = true

    /// - Parameters:
    ///   - times: `chunk_times`.
    ///   - gaps: `chunk_gaps_us`, which samples of schema versions 1 and 2 have instead.
    @inlinable init(times: UnsafeRawBufferPointer, gaps: UnsafeRawBufferPointer) {
        values = VarintSequence(times.isEmpty ? gaps : times)
        usual = times.isEmpty ? nil : 0
    }

    @inlinable public mutating func next() -> Int64? {
        guard let value = values.next() else { return nil }
        guard let usual else { return Int64(truncatingIfNeeded: value) }
        if isFirst {
            isFirst = false
            self.usual = Int64(truncatingIfNeeded: values.next() ?? 0)
            return Int64(truncatingIfNeeded: value)
        }
        return usual &+ Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))
    }
}

/// When each chunk of a sample arrived, as nanoseconds since the run's anchor: the sum of the gaps up to it.
public struct ChunkArrivals: Sequence, IteratorProtocol {
    @usableFromInline var gaps: ChunkGaps
    @usableFromInline var at: Int64

    @inlinable init(_ gaps: ChunkGaps, from start: Int64) {
        self.gaps = gaps
        at = start
    }

    @inlinable public mutating func next() -> Int64? {
        guard let gap = gaps.next() else { return nil }
        at &+= gap &* 1000
        return at
    }
}

extension SampleView {
    /// The gaps between the arrivals of content chunks, as `ChunkGaps` has them.
    @inlinable public var chunkGaps: ChunkGaps { ChunkGaps(times: chunkTimes, gaps: chunkGapsUs) }

    /// When each non-empty content chunk arrived, as `InferenceSampled.chunkArrivals` has it, worked out one after another.
    @inlinable public var chunkArrivals: ChunkArrivals { ChunkArrivals(chunkGaps, from: startedNs) }
}

extension InferenceSampled {
    /// When each non-empty content chunk arrived.
    ///
    /// - Unit: nanoseconds since the run's anchor, monotonic clock, to the microsecond.
    /// - Shape: one per content chunk, in order; empty when there was none or no arrival was kept. Chunks that one read of the
    ///   socket brought share the arrival of the last of them (`sharedReads`).
    /// - Source: `chunk_times`, of older samples `chunk_gaps_us`. Set, it keeps how far each gap is from the median one: at the
    ///   jitter of real servers that takes 1 to 2 bytes a chunk, however long the gaps are.
    public var chunkArrivals: [Int64] {
        get { withChunkGaps { Array(ChunkArrivals($0, from: startedNs)) } }
        set {
            var before = startedNs
            let gaps = newValue.map { at in
                // Rounded against the running sum of what was stored, so that rounding never adds up.
                let gap = max(0, (at - before + 500) / 1000)
                before += gap * 1000
                return gap
            }
            chunkGapsUs = .init()
            chunkTimes = .init()
            guard let first = gaps.first else { return }
            let others = gaps.dropFirst()
            let usual = others.isEmpty ? 0 : others.sorted()[others.count / 2]
            chunkTimes = .init(
                Varints.encode([UInt64(first), UInt64(usual)])
                    + Varints.encode(others.lazy.map { Self.zigzag($0 - usual) }))
        }
    }

    /// Reads of the socket that brought more than one content chunk.
    ///
    /// Of such chunks only the last one's arrival is known: the earlier ones came between the read before and it.
    /// Source: `shared_read_runs`; of samples that were recorded before it, gaps of 0, which say it where `clock` is the
    /// kernel's.
    public var sharedReads: Int {
        guard chunkTimes.isEmpty else { return (Varints.decode(sharedReadRuns) ?? []).count / 2 }
        let gaps = withChunkGaps { Array($0) }
        return gaps.indices.dropFirst().count { gaps[$0] == 0 && ($0 == 1 || gaps[$0 - 1] != 0) }
    }

    private func withChunkGaps<Result>(_ body: (ChunkGaps) -> Result) -> Result {
        chunkTimes.withUnsafeBytes { times in
            chunkGapsUs.withUnsafeBytes { gaps in body(ChunkGaps(times: times, gaps: gaps)) }
        }
    }

    /// A signed number as a small positive one where it is near 0: 0, −1, 1, −2 become 0, 1, 2, 3, as in protobuf's `sint64`.
    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }
}
