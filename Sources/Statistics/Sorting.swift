/// Sorting of values that mostly lie as evenly as measurements do: a few nanoseconds a value.
public enum Sorting {
    /// Fewer are sorted by insertion.
    private static let few = 24
    private static let mostBuckets = 4_096

    /// Writes the values in ascending order.
    ///
    /// They are dealt out to twice as many buckets of equal width as there are values, or more, so that few have company, and
    /// what is left to do within a bucket is done by insertion; a bucket that took many, as it does where values lie uneven,
    /// is sorted by itself. So the cost is n log n at most.
    ///
    /// - Parameters:
    ///   - values: without NaN.
    ///   - sorted: room for as many, elsewhere.
    public static func ascending(
        _ values: UnsafeBufferPointer<Double>, into sorted: UnsafeMutableBufferPointer<Double>
    ) {
        let count = values.count
        var (least, greatest) = (Double.infinity, -Double.infinity)
        for value in values {
            least = value < least ? value : least
            greatest = value > greatest ? value : greatest
        }
        let buckets = min(mostBuckets, 2 << (Int.bitWidth - max(1, count - 1).leadingZeroBitCount))
        let scale = Double(buckets - 1) / (greatest - least)
        // Not finite where all are equal, or one is infinite: then there is no width to divide.
        guard count > few, scale.isFinite, scale > 0 else {
            _ = sorted.update(from: values)
            var sorted = sorted
            return count > few ? sorted.sort() : insert(sorted)
        }
        // Added to 2^52, a number is rounded, and its last bits are the whole number: the same for equal values, and never
        // less for a greater one.
        func bucket(_ value: Double) -> Int {
            Int(truncatingIfNeeded: ((value - least) * scale + 0x1p52).bitPattern & 0xFFFF)
        }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: buckets) { ends in
            ends.initialize(repeating: 0)
            for value in values { ends[bucket(value)] &+= 1 }
            var (end, most): (UInt32, UInt32) = (0, 0)
            for place in 0..<buckets {
                let size = ends[place]
                most = max(most, size)
                ends[place] = end
                end &+= size
            }
            for value in values {
                let place = bucket(value)
                sorted[Int(ends[place])] = value
                ends[place] &+= 1
            }
            guard most > few else { return }
            var start = 0
            for end in ends {
                if Int(end) - start > few {
                    var bucket = UnsafeMutableBufferPointer(rebasing: sorted[start..<Int(end)])
                    bucket.sort()
                }
                start = Int(end)
            }
        }
        insert(sorted)
    }

    /// Moves each value down to its place: quick where few have far to go.
    private static func insert(_ values: UnsafeMutableBufferPointer<Double>) {
        var index = 1
        while index < values.count {
            let value = values[index]
            var place = index
            while place > 0, values[place - 1] > value {
                values[place] = values[place - 1]
                place -= 1
            }
            values[place] = value
            index += 1
        }
    }
}
