/// Some samples whose inputs can be read a column at a time, into memory that the reader has. NaN stands for null.
///
/// An input is named by its place in ``InputCatalogue/all``.
public protocol SampleSource {
    /// How many samples there are.
    var count: Int { get }

    /// Writes an input's value of each sample.
    ///
    /// - Returns: false, and nothing is written, when there is no such column: it is null throughout.
    func read(_ input: Int, into values: UnsafeMutablePointer<Double>) -> Bool

    /// How many values an input has that has any number of them per sample.
    func lengthOfArrays(_ input: Int) -> Int

    /// Writes all values of such an input, sample after sample.
    ///
    /// - Parameters:
    ///   - values: has room for as many as `lengthOfArrays` says.
    ///   - offsets: takes where each sample's values begin and where the last one's end: one more entry than samples.
    func readArrays(_ input: Int, into values: UnsafeMutablePointer<Double>, offsets: UnsafeMutablePointer<Int>)
}

extension SampleSource {
    /// The columns of these inputs, copied.
    public func table(_ inputs: Set<String>) -> SampleTable {
        var table = SampleTable(count: count)
        for (number, input) in InputCatalogue.all.enumerated() where inputs.contains(input.name) {
            switch input.shape {
            case .sample:
                var isThere = false
                let column = [Double](unsafeUninitializedCapacity: count) { values, filled in
                    guard let start = values.baseAddress else { return }
                    isThere = read(number, into: start)
                    filled = isThere ? count : 0
                }
                if isThere || count == 0 { table[input.name] = column }
            case .chunk, .gap:
                let length = lengthOfArrays(number)
                var values: [Double] = []
                let offsets = [Int](unsafeUninitializedCapacity: count + 1) { offsets, filled in
                    values = [Double](unsafeUninitializedCapacity: max(1, length)) { values, filled in
                        readArrays(number, into: values.baseAddress!, offsets: offsets.baseAddress!)
                        filled = length
                    }
                    filled = count + 1
                }
                table[array: input.name] = RaggedColumn(values: values, offsets: offsets)
            case .reading, .group: break
            }
        }
        return table
    }
}
