import Storage

/// Columns of whole numbers as they lie in a block, read where they lie. Little-endian.
///
/// ```
/// 0   UInt32            rows
/// 4   UInt8 a column    how it is packed:
///                         255        every number is null, and the column takes no more than this
///                         0 to 8     bytes of each number's difference from the base; 0 when all are the base
///                         16         one bit for that difference
///                         + 128      some numbers are null
///     0                 up to a multiple of 8 bytes
///     then column after column:
///     UInt64            the base: the least number
///     bits              where some are null: 1 for each number that is there, in words of 64 bits
///     differences       row after row (0 where null), then up to a multiple of 8 bytes
/// end UInt64            0, so that a number of 3, 5, 6 or 7 bytes can be read as 8
/// ```
///
/// The same numbers always give the same bytes, and the numbers come out as they went in.
struct PackedColumns {
    /// How many rows there are.
    let rows: Int
    /// How many bytes the columns take; others may follow them.
    let size: Int
    private let bytes: UnsafeRawBufferPointer
    /// Where each column begins: what is there of it is only looked at when it is asked for.
    private let starts: [Int]

    private static let allNull: UInt8 = 255
    private static let bits: UInt8 = 16
    private static let someNull: UInt8 = 128

    /// - Throws: `StoreError` when the bytes are not so many columns.
    init(_ bytes: UnsafeRawBufferPointer, count: Int) throws(StoreError) {
        guard bytes.count >= 4 else { throw Self.damaged }
        let rows = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
        var next = Self.rounded(4 + count)
        guard bytes.count >= next else { throw Self.damaged }
        var areKnown = true
        starts = [Int](unsafeUninitializedCapacity: count) { starts, filled in
            for place in 0..<count {
                starts[place] = next
                let form = bytes[4 + place]
                guard form != Self.allNull else { continue }
                let width = form & ~Self.someNull
                areKnown = areKnown && (width <= 8 || width == Self.bits)
                next += 8 + (form & Self.someNull == 0 ? 0 : Self.words(rows))
                next += width == Self.bits ? Self.words(rows) : Self.rounded(rows * Int(width))
            }
            filled = count
        }
        guard areKnown, bytes.count >= next + 8 else { throw Self.damaged }
        (self.rows, size, self.bytes) = (rows, next + 8, bytes)
    }

    subscript(column: Int) -> PackedColumn {
        let form = bytes[4 + column]
        guard form != Self.allNull else {
            return PackedColumn(base: 0, differences: .none, present: nil, isNull: true)
        }
        let start = bytes.baseAddress! + starts[column]
        let present = form & Self.someNull == 0 ? nil : start + 8
        let differences = start + (present == nil ? 8 : 8 + Self.words(rows))
        let width = form & ~Self.someNull
        return PackedColumn(
            base: UInt64(littleEndian: start.loadUnaligned(as: UInt64.self)),
            differences: width == 0
                ? .none : width == Self.bits ? .bits(differences) : .bytes(differences, Int(width)),
            present: present, isNull: false)
    }

    /// Packs columns of the same rows behind what is there already.
    ///
    /// - Parameter isSigned: of each column whether its numbers are `Int64`, which decides what is least.
    static func pack(_ rows: RowBuffer, _ range: Range<Int>, isSigned: [Bool], into bytes: inout [UInt8]) {
        let start = bytes.count
        begin(range.count, columns: rows.width, &bytes)
        rows.withColumns { columns in
            for place in 0..<rows.width {
                var column = columns(place)
                column.rows = range
                append(column, isSigned: isSigned[place], form: start + 4 + place, to: &bytes)
            }
        }
        bytes.append(UInt64(0))
    }

    /// Packs one column without nulls behind what is there already.
    static func pack(_ numbers: ArraySlice<UInt64>, isSigned: Bool, into bytes: inout [UInt8]) {
        let start = bytes.count
        begin(numbers.count, columns: 1, &bytes)
        numbers.withUnsafeBufferPointer { numbers in
            let column = ColumnSource(numbers: numbers, place: 0, stride: 1, nulls: nil, rows: 0..<numbers.count)
            append(column, isSigned: isSigned, form: start + 4, to: &bytes)
        }
        bytes.append(UInt64(0))
    }

    private static func begin(_ rows: Int, columns: Int, _ bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(UInt32(rows))
        bytes.append(contentsOf: repeatElement(allNull, count: columns))
        bytes.append(contentsOf: repeatElement(0, count: start + rounded(4 + columns) - bytes.count))
    }

    private static func append(_ column: ColumnSource, isSigned: Bool, form: Int, to bytes: inout [UInt8]) {
        guard let shape = Shape(column, isSigned: isSigned) else { return }
        bytes[form] = (shape.width ?? bits) | (shape.nulls ? someNull : 0)
        bytes.append(shape.base)
        if shape.nulls { appendBits(to: &bytes, column.rows) { column.isNull($0) ? 0 : 1 } }
        guard let width = shape.width else {
            return appendBits(to: &bytes, column.rows) { column.isNull($0) ? 0 : column.number($0) &- shape.base }
        }
        guard width > 0 else { return }
        let length = column.rows.count * Int(width)
        let start = bytes.count
        // The last number is written as 8 bytes too.
        bytes.append(contentsOf: repeatElement(0, count: rounded(length) + 8))
        bytes.withUnsafeMutableBytes { bytes in
            var next = bytes.baseAddress! + start
            for row in column.rows {
                let difference = column.isNull(row) ? 0 : column.number(row) &- shape.base
                next.storeBytes(of: difference.littleEndian, as: UInt64.self)
                next += Int(width)
            }
        }
        bytes.removeLast(8)
    }

    /// What the numbers of a column ask for.
    private struct Shape {
        var base: UInt64
        /// Bytes of a difference; nil for one bit.
        var width: UInt8?
        var nulls: Bool

        /// Nil when every number is null.
        init?(_ column: ColumnSource, isSigned: Bool) {
            let sign: UInt64 = isSigned ? 1 << 63 : 0
            var (least, greatest, missing) = (UInt64.max, UInt64.min, 0)
            for row in column.rows {
                guard !column.isNull(row) else {
                    missing += 1
                    continue
                }
                let number = column.number(row) ^ sign
                least = min(least, number)
                greatest = max(greatest, number)
            }
            guard missing < column.rows.count else { return nil }
            base = least ^ sign
            nulls = missing > 0
            let span = greatest - least
            width = span == 1 ? nil : UInt8((64 - span.leadingZeroBitCount + 7) / 8)
        }
    }

    private static func appendBits(to bytes: inout [UInt8], _ rows: Range<Int>, _ bit: (Int) -> UInt64) {
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: 64) {
            var word: UInt64 = 0
            for row in first..<min(first + 64, rows.upperBound) { word |= bit(row) << UInt64(row - first) }
            bytes.append(word)
        }
    }

    /// Bytes of one bit a row.
    private static func words(_ rows: Int) -> Int { (rows + 63) / 64 * 8 }

    private static func rounded(_ count: Int) -> Int { (count + 7) & ~7 }

    static let damaged = StoreError(
        .corrupted, "Could not read the samples' columns: a block is not what was written. Rebuild the tables.")
}

/// One column of a block. Good as long as the block's bytes are lent.
struct PackedColumn {
    enum Differences {
        case none
        case bits(UnsafeRawPointer)
        case bytes(UnsafeRawPointer, Int)
    }

    let base: UInt64
    let differences: Differences
    /// A bit for each number that is there; nil when all are.
    let present: UnsafeRawPointer?
    /// Whether every number is null.
    let isNull: Bool

    /// Gives each of the first `count` numbers, the base where one is null.
    @inline(__always)
    func forEach(_ count: Int, _ body: (_ row: Int, _ number: UInt64) -> Void) {
        switch differences {
        case .none:
            for row in 0..<count { body(row, base) }
        case .bits(let start):
            for row in 0..<count {
                body(row, base &+ UInt64(start.load(fromByteOffset: row &>> 3, as: UInt8.self) &>> UInt8(row & 7) & 1))
            }
        case .bytes(let start, 1): forEach(count, start, as: UInt8.self, body)
        case .bytes(let start, 2): forEach(count, start, as: UInt16.self, body)
        case .bytes(let start, 4): forEach(count, start, as: UInt32.self, body)
        case .bytes(let start, 8): forEach(count, start, as: UInt64.self, body)
        case .bytes(let start, let width):
            let mask = UInt64.max >> UInt64(64 - 8 * width)
            for row in 0..<count {
                let number = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: row &* width, as: UInt64.self))
                body(row, base &+ (number & mask))
            }
        }
    }

    @inline(__always)
    private func forEach<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ count: Int, _ start: UnsafeRawPointer, as type: Number.Type, _ body: (Int, UInt64) -> Void
    ) {
        for row in 0..<count {
            let number = start.loadUnaligned(fromByteOffset: row &* MemoryLayout<Number>.size, as: Number.self)
            body(row, base &+ UInt64(Number(littleEndian: number)))
        }
    }

    /// Gives each row of the first `count` that is null.
    @inline(__always)
    func forEachNull(_ count: Int, _ body: (_ row: Int) -> Void) {
        if isNull { for row in 0..<count { body(row) } }
        guard let present else { return }
        for first in stride(from: 0, to: count, by: 64) {
            var missing = ~UInt64(littleEndian: present.loadUnaligned(fromByteOffset: first / 8, as: UInt64.self))
            while missing != 0 {
                let row = first + missing.trailingZeroBitCount
                guard row < count else { break }
                body(row)
                missing &= missing - 1
            }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
