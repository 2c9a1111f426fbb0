import Events
import Formulas

/// The numbers of some samples of one group, in the order of the log: what formulas are evaluated over, and what blocks are
/// made of.
public struct SampleRows: Sendable, Equatable {
    var numbers = RowBuffer(width: SampleNumber.count)
    /// µs between the chunks' arrivals, sample after sample; each sample's first arrival is among its numbers.
    var gaps: [UInt64] = []
    /// Bytes of the chunks' text, sample after sample.
    var sizes: [UInt64] = []
    private let keepsSizes: Bool

    /// - Parameter keepsSizes: whether the chunks' sizes are wanted, which few formulas read.
    public init(keepsSizes: Bool = true) { self.keepsSizes = keepsSizes }

    /// Takes a sample's numbers in.
    public mutating func append(_ sample: borrowing SampleView) {
        var (arrivals, firstArrival) = (0, Int64?.none)
        for gap in sample.chunkGaps {
            if arrivals == 0 { firstArrival = gap } else { gaps.append(UInt64(bitPattern: gap)) }
            arrivals += 1
        }
        let before = sizes.count
        if keepsSizes { for size in VarintSequence(sample.chunkSizes) { sizes.append(size) } }
        let sizeCount = sizes.count - before
        numbers.append { row in
            row.put(sample)
            row.put(.arrivals, UInt64(arrivals))
            if let firstArrival { row.put(.firstArrival, firstArrival) }
            row.put(.sizes, UInt64(sizeCount))
        }
    }

    /// Puts other samples behind these.
    public mutating func append(contentsOf other: SampleRows) {
        numbers.append(contentsOf: other.numbers)
        gaps += other.gaps
        sizes += other.sizes
    }
}

extension SampleRows: SampleSource {
    public var count: Int { numbers.count }

    public func read(_ input: Int, into values: UnsafeMutablePointer<Double>) -> Bool {
        guard let input = SampleInput.byPlace[input] else { return false }
        numbers.withColumns { column in
            input.read(count, into: values) { column($0.rawValue) }
        }
        return true
    }

    public func lengthOfArrays(_ input: Int) -> Int {
        switch ChunkInput.byPlace[input] {
        case .gaps: gaps.count
        case .times: numbers.withColumns { $0(SampleNumber.arrivals.rawValue).sum(count) ?? 0 }
        case .sizes: sizes.count
        case nil: 0
        }
    }

    public func readArrays(
        _ input: Int, into values: UnsafeMutablePointer<Double>, offsets: UnsafeMutablePointer<Int>
    ) {
        offsets[0] = 0
        guard let input = ChunkInput.byPlace[input] else { return offsets.update(repeating: 0, count: count + 1) }
        numbers.withColumns { column in
            gaps.withColumn { gaps in
                sizes.withColumn { sizes in
                    input.read(
                        count, into: values, offsets: offsets, gaps: (gaps, self.gaps.count),
                        sizes: (sizes, self.sizes.count)
                    ) { column($0.rawValue) }
                }
            }
        }
    }
}

extension [UInt64] {
    fileprivate func withColumn<Result>(_ body: (ColumnSource) -> Result) -> Result {
        withUnsafeBufferPointer {
            body(ColumnSource(numbers: $0, place: 0, stride: 1, nulls: nil, rows: 0..<count))
        }
    }
}
