import Storage
import Testing

@testable import SampleColumns

struct PackedColumnsTests {
    /// Two columns, the first signed: what is kept of these pairs.
    private func buffer(_ rows: [(Int64?, UInt64?)]) -> RowBuffer {
        var buffer = RowBuffer(width: 2)
        for (first, second) in rows {
            buffer.append { row in
                if let first { row.put(0, UInt64(bitPattern: first)) }
                if let second { row.put(1, second) }
            }
        }
        return buffer
    }

    private func packed(_ rows: RowBuffer, _ range: Range<Int>? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        PackedColumns.pack(rows, range ?? 0..<rows.count, isSigned: [true, false], into: &bytes)
        return bytes
    }

    private func unpacked(_ bytes: [UInt8]) throws -> RowBuffer {
        try bytes.withUnsafeBytes { bytes in
            var buffer = RowBuffer(width: 2)
            buffer.append(contentsOf: try PackedColumns(bytes, count: 2))
            return buffer
        }
    }

    @Test(
        arguments: [
            // Constant, one bit, and differences of one to eight bytes; nulls here and there, everywhere, and in a whole column.
            [(5, 5), (5, 5), (5, 5)], [(5, 6), (6, nil), (5, 5)], [(-1, 300), (1, 20), (nil, 65_555)],
            [(-70_000, 1 << 20), (70_000, 0)], [(nil, 1 << 33), (nil, 1 << 39), (nil, nil)],
            [(.min, .max), (.max, 0), (0, nil)], [(1 << 55, 1 << 47), (0, 3)], [(nil, nil)], [(7, nil)],
        ] as [[(Int64?, UInt64?)]])
    func numbersComeOutAsTheyWentIn(rows: [(Int64?, UInt64?)]) throws {
        let many = (0..<70).map { rows[$0 % rows.count] }
        for rows in [rows, many] {
            let buffer = buffer(rows)
            let bytes = packed(buffer)

            #expect(try unpacked(bytes) == buffer)
            #expect(bytes.count % 8 == 0)
            #expect(try bytes.withUnsafeBytes { try PackedColumns($0, count: 2).size } == bytes.count)
        }
    }

    @Test func smallDifferencesTakeFewBytes() {
        let times: [(Int64?, UInt64?)] = (0..<1_000).map { (1_700_000_000_000_000_000 + Int64($0) * 60, 9) }
        let bytes = packed(buffer(times))

        // Two bytes a row for 60,000 ns, none for what is always 9.
        #expect(bytes.count == 8 + 8 + 2_000 + 8 + 8)
    }

    @Test func aPartIsPackedAsIfThereWereNothingElse() {
        var rows: [(Int64?, UInt64?)] = []
        for index in 0..<200 {
            let first: Int64? = index % 7 == 0 ? nil : Int64(index * index) - 500
            rows.append((first, UInt64(index % 2)))
        }

        #expect(packed(buffer(rows), 100..<171) == packed(buffer(Array(rows[100..<171]))))
    }

    @Test func bytesThatWereCutOrAreOfAnotherFormAreRefused() throws {
        var rows: [(Int64?, UInt64?)] = []
        for index in 0..<100 { rows.append((Int64(index * 1_000), index % 3 == 0 ? nil : UInt64(index))) }
        let bytes = packed(buffer(rows))

        for length in stride(from: 0, to: bytes.count, by: 3) {
            #expect(throws: StoreError.self) { try unpacked(Array(bytes[..<length])) }
        }
        var other = bytes
        other[4] = 9
        #expect(throws: StoreError.self) { try unpacked(other) }
        other = bytes
        other[2] = 0xFF
        #expect(throws: StoreError.self) { try unpacked(other) }
    }
}
