/// Room for columns while programs run: taken, given back and taken again, so that a program that runs over one small group
/// after another asks the system for none. One thread's own.
final class Scratch {
    /// Blocks that may be taken, by the power of two that their length in numbers is. Each has its power in front of it, since
    /// a column may have become shorter than its block.
    ///
    /// The checks for overlapping access would cost as much as the work: one thread's own, and no access calls out.
    @exclusivity(unchecked) private var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: Int.bitWidth)
    @exclusivity(unchecked) private var all: [UnsafeMutableRawPointer] = []
    private static let headerSize = 64
    @exclusivity(unchecked) private var slots = UnsafeMutableBufferPointer<Value>(start: nil, count: 0)

    deinit {
        for block in all { (block - Self.headerSize).deallocate() }
        slots.deallocate()
    }

    /// Room for a column, with any numbers in it.
    func column(_ count: Int) -> Column {
        Column(start: block(count).assumingMemoryBound(to: Double.self), count: count)
    }

    /// Room for the ends of some samples' arrays.
    func offsets(_ count: Int) -> UnsafeMutableBufferPointer<Int> {
        UnsafeMutableBufferPointer(start: block(count).assumingMemoryBound(to: Int.self), count: count)
    }

    /// Room for a value of each slot; the same each time.
    func slots(_ count: Int) -> UnsafeMutableBufferPointer<Value> {
        if slots.count < count {
            slots.deallocate()
            slots = .allocate(capacity: count)
        }
        slots.initialize(repeating: .one(.nan))
        return slots
    }

    /// Takes the column of a value back, which nothing may read from now on.
    func giveBack(_ value: Value) {
        switch value {
        case .one: return
        case .column(let column): giveBack(column)
        // The offsets may be those of other values too.
        case .arrays(let arrays): giveBack(arrays.values)
        }
    }

    func giveBack(_ column: Column) {
        guard let start = column.baseAddress else { return }
        giveBack(UnsafeMutableRawPointer(start))
    }

    private func giveBack(_ block: UnsafeMutableRawPointer) {
        free[block.load(fromByteOffset: -Self.headerSize, as: Int.self)].append(block)
    }

    /// Takes everything back.
    func reset() {
        for power in free.indices { free[power].removeAll(keepingCapacity: true) }
        for block in all { giveBack(block) }
    }

    private func block(_ count: Int) -> UnsafeMutableRawPointer {
        let power = Int.bitWidth - (max(16, count) - 1).leadingZeroBitCount
        if let block = free[power].popLast() { return block }
        let block =
            UnsafeMutableRawPointer.allocate(byteCount: Self.headerSize + (8 << power), alignment: 64)
            + Self.headerSize
        block.storeBytes(of: power, toByteOffset: -Self.headerSize, as: Int.self)
        all.append(block)
        return block
    }
}

/// A value for each row, in memory of a `Scratch`.
typealias Column = UnsafeMutableBufferPointer<Double>

/// What a slot holds while a program runs. NaN stands for null.
enum Value {
    case one(Double)
    case column(Column)
    case arrays(Arrays)

    /// Arrays of different lengths, packed one after the other.
    struct Arrays {
        let values: Column
        /// Where each sample's values start, and where the last one's end.
        let offsets: UnsafeMutableBufferPointer<Int>

        var count: Int { offsets.count - 1 }

        /// Where a sample's values lie.
        @inline(__always)
        func range(_ sample: Int) -> Range<Int> { offsets[sample]..<offsets[sample + 1] }
    }

    /// The value of a slot that the compiler has found to hold one.
    var single: Double {
        guard case .one(let value) = self else { preconditionFailure("the slot holds a column") }
        return value
    }

    /// All values of a column or of all arrays.
    var flat: Column {
        switch self {
        case .one: preconditionFailure("the slot holds one value")
        case .column(let values): values
        case .arrays(let arrays): arrays.values
        }
    }
}
