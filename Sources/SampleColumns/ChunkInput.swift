import Formulas

/// How an input with any number of values per sample is worked out of the samples' numbers.
enum ChunkInput {
    case gaps, times, sizes

    /// By the inputs' places in the catalogue.
    static let byPlace: [ChunkInput?] = InputCatalogue.all.map { input in
        switch input.name {
        case "gaps": .gaps
        case "chunk_times": .times
        case "chunk_sizes": .sizes
        default: nil
        }
    }

    /// Writes the values of some samples behind one another, and where each sample's end behind `offsets[0]`.
    ///
    /// - Parameters:
    ///   - gaps: those of all the samples, and how many there are; `sizes` likewise.
    ///   - column: gives the column of a number.
    func read<Column: NumberColumn>(
        _ count: Int, into values: UnsafeMutablePointer<Double>, offsets: UnsafeMutablePointer<Int>,
        gaps: (column: Column, count: Int), sizes: (column: Column, count: Int), from column: (SampleNumber) -> Column
    ) {
        var end = offsets[0]
        let start = values + end
        column(self == .sizes ? .sizes : .arrivals).forEach(count) { row, length in
            // The first arrival has no gap before it.
            end += self == .gaps && length > 0 ? Int(length) - 1 : Int(length)
            offsets[row + 1] = end
        }
        switch self {
        case .gaps: gaps.column.forEach(gaps.count) { start[$0] = Double(Int64(bitPattern: $1)) / 1000 }
        case .sizes: sizes.column.forEach(sizes.count) { start[$0] = Double($1) }
        case .times:
            let starts = column(.started).numbers(count)
            let firsts = column(.firstArrival).numbers(count)
            let gaps = gaps.column.numbers(gaps.count)
            var nextGap = 0
            for row in 0..<count where offsets[row] < offsets[row + 1] {
                var at = starts[row] &+ firsts[row] &* 1000
                for place in offsets[row]..<offsets[row + 1] {
                    if place > offsets[row] {
                        at &+= gaps[nextGap] &* 1000
                        nextGap += 1
                    }
                    values[place] = Double(Int64(bitPattern: at)) / 1e6
                }
            }
        }
    }
}

extension NumberColumn {
    /// The first `count` numbers.
    func numbers(_ count: Int) -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: count) { numbers, filled in
            forEach(count) { numbers[$0] = $1 }
            filled = count
        }
    }

    /// The sum of the first `count` numbers, of each what is above `floor`; nil when one is too great to be how many there
    /// are of something.
    func sum(_ count: Int, above floor: UInt64 = 0) -> Int? {
        var (sum, bits): (UInt64, UInt64) = (0, 0)
        forEach(count) {
            sum &+= $1 > floor ? $1 &- floor : 0
            bits |= $1
        }
        return bits > UInt64(UInt32.max) ? nil : Int(sum)
    }
}
