/// Rows of whole numbers, each of which may be null, on their way into a block or just out of it.
struct RowBuffer: Equatable, Sendable {
    /// How many numbers a row has.
    let width: Int
    /// Row after row; 0 where one is null.
    private(set) var numbers: [UInt64] = []
    /// Of each row a bit for every number that is null, the first number's the lowest.
    private(set) var nulls: [UInt64] = []

    init(width: Int) {
        precondition(width <= 64, "a row's nulls are told by the bits of one number")
        self.width = width
    }

    /// Rows of zeros, to be filled a column at a time.
    init(rows: Int, width: Int) {
        self.init(width: width)
        numbers = Array(repeating: 0, count: rows * width)
        nulls = Array(repeating: 0, count: rows)
    }

    var count: Int { nulls.count }

    /// Adds a row that `fill` writes. A number that it does not write is null.
    @inline(__always)
    mutating func append(_ fill: (inout Row) -> Void) {
        let width = width
        var nulls: UInt64 = 0
        let start = numbers.count
        numbers.append(contentsOf: repeatElement(0, count: width))
        numbers.withUnsafeMutableBufferPointer { numbers in
            var row = Row(numbers: numbers.baseAddress! + start, nulls: ~0 >> UInt64(64 - width))
            fill(&row)
            nulls = row.nulls
        }
        self.nulls.append(nulls)
    }

    /// Adds the rows of another buffer behind these.
    mutating func append(contentsOf other: RowBuffer) {
        precondition(width == other.width, "rows of the same columns")
        numbers += other.numbers
        nulls += other.nulls
    }

    /// Writes one place of every row.
    mutating func fill(_ place: Int, _ column: PackedColumn) {
        column.forEach(count) { numbers[$0 * width + place] = $1 }
        column.forEachNull(count) { row in
            numbers[row * width + place] = 0
            nulls[row] |= 1 << UInt64(place)
        }
    }

    subscript(row: Int, place: Int) -> UInt64? {
        nulls[row] >> UInt64(place) & 1 == 1 ? nil : numbers[row * width + place]
    }

    /// Lends the columns, each by its place in the rows.
    @inline(__always)
    func withColumns<Result>(_ body: ((_ place: Int) -> ColumnSource) throws -> Result) rethrows -> Result {
        try numbers.withUnsafeBufferPointer { numbers in
            try nulls.withUnsafeBufferPointer { nulls in
                try body {
                    ColumnSource(numbers: numbers, place: $0, stride: width, nulls: nulls, rows: 0..<nulls.count)
                }
            }
        }
    }

    /// A row that is being written.
    struct Row {
        fileprivate let numbers: UnsafeMutablePointer<UInt64>
        fileprivate(set) var nulls: UInt64

        @inline(__always)
        mutating func put(_ place: Int, _ number: UInt64) {
            numbers[place] = number
            nulls &= ~(1 &<< UInt64(place))
        }
    }
}

/// Numbers that lie at equal steps, to be packed as a column or read as one.
struct ColumnSource {
    let numbers: UnsafeBufferPointer<UInt64>
    let place: Int
    let stride: Int
    /// Of each row a bit for every place that is null; nil when none is.
    let nulls: UnsafeBufferPointer<UInt64>?
    var rows: Range<Int>

    @inline(__always)
    func number(_ row: Int) -> UInt64 { numbers[row &* stride &+ place] }

    @inline(__always)
    func isNull(_ row: Int) -> Bool { nulls.map { $0[row] &>> UInt64(place) & 1 == 1 } ?? false }
}
