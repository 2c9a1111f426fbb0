/// Numbers of some samples as columns: what a formula set reads. NaN stands for null.
///
/// Only the columns in ``FormulaSet/inputsNeeded`` have to be there; one that is not there is null throughout.
public struct SampleTable: Sendable {
    /// How many samples there are.
    public let count: Int
    private(set) var columns: [String: [Double]] = [:]
    private(set) var ragged: [String: RaggedColumn] = [:]

    /// A table of so many samples, with no column yet.
    public init(count: Int) {
        precondition(count >= 0, "a table cannot have fewer than no rows")
        self.count = count
    }

    /// A column with one value per sample, in the order of the samples.
    public subscript(name: String) -> [Double]? {
        get { columns[name] }
        set {
            precondition(newValue.map { $0.count == count } ?? true, "a column has one value per sample")
            columns[name] = newValue
        }
    }

    /// A column with any number of values per sample: `gaps`, `chunk_times`, `chunk_sizes`.
    public subscript(array name: String) -> RaggedColumn? {
        get { ragged[name] }
        set {
            precondition(newValue.map { $0.count == count } ?? true, "an array column has one array per sample")
            ragged[name] = newValue
        }
    }
}

extension SampleTable: SampleSource {
    public func read(_ input: Int, into values: UnsafeMutablePointer<Double>) -> Bool {
        guard let column = columns[InputCatalogue.all[input].name] else { return false }
        column.withUnsafeBufferPointer { column in
            if let start = column.baseAddress { values.update(from: start, count: count) }
        }
        return true
    }

    public func lengthOfArrays(_ input: Int) -> Int { ragged[InputCatalogue.all[input].name]?.values.count ?? 0 }

    public func readArrays(
        _ input: Int, into values: UnsafeMutablePointer<Double>, offsets: UnsafeMutablePointer<Int>
    ) {
        guard let column = ragged[InputCatalogue.all[input].name] else {
            return offsets.update(repeating: 0, count: count + 1)
        }
        for (place, offset) in column.offsets.enumerated() { offsets[place] = offset }
        for (place, value) in column.values.enumerated() { values[place] = value }
    }
}

/// Readings of the host's resources as columns, one value per reading. NaN stands for null.
public struct ResourceTable: Sendable {
    /// How many readings there are.
    public let count: Int
    private(set) var columns: [String: [Double]] = [:]

    /// A table of so many readings, with no column yet.
    public init(count: Int) {
        precondition(count >= 0, "a table cannot have fewer than no rows")
        self.count = count
    }

    /// A column with one value per reading, in the order of time.
    public subscript(name: String) -> [Double]? {
        get { columns[name] }
        set {
            precondition(newValue.map { $0.count == count } ?? true, "a column has one value per reading")
            columns[name] = newValue
        }
    }
}

/// Arrays of different lengths, packed one after the other.
public struct RaggedColumn: Sendable, Equatable {
    /// All values, sample after sample.
    public let values: [Double]
    /// Where each sample's values start in `values`, and where the last one's end: one more entry than samples.
    public let offsets: [Int]

    /// - Precondition: `offsets` starts at 0, never falls, and ends at `values.count`.
    public init(values: [Double], offsets: [Int]) {
        precondition(offsets.first == 0 && offsets.last == values.count, "offsets must span the values")
        precondition(zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }, "offsets must not fall")
        self.values = values
        self.offsets = offsets
    }

    /// Packs one array per sample.
    public init(_ arrays: [[Double]]) {
        var offsets = [0]
        offsets.reserveCapacity(arrays.count + 1)
        for array in arrays { offsets.append(offsets[offsets.count - 1] + array.count) }
        self.init(values: arrays.flatMap(\.self), offsets: offsets)
    }

    /// How many samples there are.
    public var count: Int { offsets.count - 1 }
}
