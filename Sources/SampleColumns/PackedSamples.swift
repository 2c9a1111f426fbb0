import Formulas
import Storage

/// The samples of one group as they lie in the store, read where they lie. Good as long as their bytes are lent.
public struct PackedSamples {
    private var blocks: [SampleBlock] = []
    public private(set) var count = 0

    public init() {}

    /// Adds the group's next block.
    ///
    /// - Parameter chunks: looks the chunks' bytes up; only asked where there are any.
    /// - Throws: `StoreError` when the bytes are not those of a block, and what looking up throws.
    public mutating func append(
        numbers: UnsafeRawBufferPointer, chunks: () throws -> UnsafeRawBufferPointer?
    ) throws {
        let block = try SampleBlock(numbers: numbers, chunks: chunks)
        blocks.append(block)
        count += block.rows
    }
}

extension PackedSamples: SampleSource {
    public func read(_ input: Int, into values: UnsafeMutablePointer<Double>) -> Bool {
        guard let input = SampleInput.byPlace[input] else { return false }
        var values = values
        for block in blocks {
            input.read(block.rows, into: values) { block.numbers[$0] }
            values += block.rows
        }
        return true
    }

    public func lengthOfArrays(_ input: Int) -> Int {
        switch ChunkInput.byPlace[input] {
        case .gaps: blocks.reduce(0) { $0 + ($1.gaps?.rows ?? 0) }
        case .times: blocks.reduce(0) { $0 + ($1.numbers[.arrivals].sum($1.rows) ?? 0) }
        case .sizes: blocks.reduce(0) { $0 + ($1.sizes?.rows ?? 0) }
        case nil: 0
        }
    }

    public func readArrays(
        _ input: Int, into values: UnsafeMutablePointer<Double>, offsets: UnsafeMutablePointer<Int>
    ) {
        offsets[0] = 0
        guard let input = ChunkInput.byPlace[input] else { return offsets.update(repeating: 0, count: count + 1) }
        var offsets = offsets
        for block in blocks {
            input.read(
                block.rows, into: values, offsets: offsets, gaps: (block.gaps?[0] ?? .none, block.gaps?.rows ?? 0),
                sizes: (block.sizes?[0] ?? .none, block.sizes?.rows ?? 0)
            ) { block.numbers[$0] }
            offsets += block.rows
        }
    }
}

extension PackedColumn {
    /// A column of nothing.
    fileprivate static var none: PackedColumn {
        PackedColumn(base: 0, differences: .none, present: nil, isNull: true)
    }
}
