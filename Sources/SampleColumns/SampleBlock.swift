import Formulas
import Storage

/// Some samples of one group as they are stored: the numbers in one value, what there is of chunks in another.
///
/// ```
/// numbers    PackedColumns of SampleNumber.allCases
/// chunks     PackedColumns of one column, the gaps between chunks in µs, sample after sample; then of the chunks' sizes.
///            Not there when both are empty
/// ```
/// A group's samples are cut into blocks in their order, each as long as `isFull` lets it become: where the cuts are, and so
/// every byte, follows from the samples alone.
struct SampleBlock {
    let numbers: PackedColumns
    /// None where no sample of the block has chunks.
    let gaps: PackedColumns?
    let sizes: PackedColumns?

    static let rowLimit = 1_024
    static let chunkLimit = 65_536

    /// Whether a block of so many samples, gaps and sizes takes no more samples.
    static func isFull(_ rows: Int, _ chunks: Int) -> Bool { rows >= rowLimit || chunks >= chunkLimit }

    /// - Parameter chunks: looks the chunks' bytes up; only asked where there are any.
    /// - Throws: `StoreError` when the bytes are not those of a block, and what looking up throws.
    init(numbers: UnsafeRawBufferPointer, chunks: () throws -> UnsafeRawBufferPointer?) throws {
        self.numbers = try PackedColumns(numbers, count: SampleNumber.count)
        let rows = self.numbers.rows
        let wanted = (gaps: self.numbers[.arrivals].sum(rows, above: 1), sizes: self.numbers[.sizes].sum(rows))
        guard wanted != (0, 0) else {
            (gaps, sizes) = (nil, nil)
            return
        }
        guard let chunks = try chunks() else { throw PackedColumns.damaged }
        let gaps = try PackedColumns(chunks, count: 1)
        let sizes = try PackedColumns(UnsafeRawBufferPointer(rebasing: chunks[gaps.size...]), count: 1)
        guard wanted == (gaps.rows, sizes.rows) else { throw PackedColumns.damaged }
        (self.gaps, self.sizes) = (gaps, sizes)
    }

    var rows: Int { numbers.rows }
}

extension PackedColumns {
    subscript(number: SampleNumber) -> PackedColumn { self[number.rawValue] }
}

extension SampleRows {
    /// What a block holds, for more to be put behind it.
    ///
    /// - Throws: `StoreError` when the bytes are not those of a block.
    public init(block numbers: UnsafeRawBufferPointer, chunks: () throws -> UnsafeRawBufferPointer?) throws {
        let block = try SampleBlock(numbers: numbers, chunks: chunks)
        self.init()
        self.numbers.append(contentsOf: block.numbers)
        if let column = block.gaps { gaps = column[0].numbers(column.rows) }
        if let column = block.sizes { sizes = column[0].numbers(column.rows) }
    }

    /// Cuts the samples into blocks, and gives the bytes of each.
    public func forEachBlock(
        _ body: (_ numbers: UnsafeRawBufferPointer, _ chunks: UnsafeRawBufferPointer?) throws -> Void
    ) rethrows {
        var (bytes, chunkBytes): ([UInt8], [UInt8]) = ([], [])
        var (row, gap, size) = (0, 0, 0)
        while row < count {
            let (firstRow, firstGap, firstSize) = (row, gap, size)
            repeat {
                gap += max(0, Int(numbers[row, SampleNumber.arrivals.rawValue] ?? 0) - 1)
                size += Int(numbers[row, SampleNumber.sizes.rawValue] ?? 0)
                row += 1
            } while row < count && !SampleBlock.isFull(row - firstRow, gap - firstGap + size - firstSize)
            bytes.removeAll(keepingCapacity: true)
            PackedColumns.pack(numbers, firstRow..<row, isSigned: SampleNumber.areSigned, into: &bytes)
            guard gap > firstGap || size > firstSize else {
                try bytes.withUnsafeBytes { try body($0, nil) }
                continue
            }
            chunkBytes.removeAll(keepingCapacity: true)
            PackedColumns.pack(gaps[firstGap..<gap], isSigned: true, into: &chunkBytes)
            PackedColumns.pack(sizes[firstSize..<size], isSigned: false, into: &chunkBytes)
            try bytes.withUnsafeBytes { bytes in try chunkBytes.withUnsafeBytes { try body(bytes, $0) } }
        }
    }
}

extension RowBuffer {
    /// Puts the rows of packed columns behind these.
    mutating func append(contentsOf packed: PackedColumns) {
        var columns = RowBuffer(rows: packed.rows, width: width)
        for place in 0..<width { columns.fill(place, packed[place]) }
        append(contentsOf: columns)
    }
}
