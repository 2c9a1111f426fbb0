import Events
import Formulas
import Storage

/// The numbers of some readings of resources, in the order of the log: what formulas are evaluated over, and what blocks are
/// made of.
///
/// Stored as `PackedColumns` of the bits of `Double`, a column for each of `ReadingInput.all`, `blockLimit` readings to a block.
public struct ReadingRows: Sendable, Equatable {
    private var numbers = RowBuffer(width: ReadingInput.all.count)

    static let blockLimit = 1_024

    public init() {}

    /// How many readings there are.
    public var count: Int { numbers.count }

    /// Takes a reading's numbers in.
    public mutating func append(_ reading: ResourceSampled) {
        numbers.append { row in
            for (place, input) in ReadingInput.all.enumerated() {
                let value = input.read(reading)
                if !value.isNaN { row.put(place, value.bitPattern) }
            }
        }
    }

    /// Puts the readings of a block behind these.
    ///
    /// - Throws: `StoreError` when the bytes are not those of a block.
    public mutating func append(block: UnsafeRawBufferPointer) throws(StoreError) {
        numbers.append(contentsOf: try PackedColumns(block, count: ReadingInput.all.count))
    }

    /// Puts other readings behind these.
    public mutating func append(contentsOf other: ReadingRows) { numbers.append(contentsOf: other.numbers) }

    /// Gives the bytes of each block.
    public func forEachBlock(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        let areSigned = ReadingInput.all.map { _ in false }
        for first in stride(from: 0, to: count, by: Self.blockLimit) {
            var bytes: [UInt8] = []
            let range = first..<min(count, first + Self.blockLimit)
            PackedColumns.pack(numbers, range, isSigned: areSigned, into: &bytes)
            try bytes.withUnsafeBytes(body)
        }
    }

    /// The columns of these inputs.
    public func table(_ inputs: Set<String>) -> ResourceTable {
        var table = ResourceTable(count: count)
        for (place, input) in ReadingInput.all.enumerated() where inputs.contains(input.name) {
            table[input.name] = (0..<count).map { numbers[$0, place].map(Double.init(bitPattern:)) ?? .nan }
        }
        return table
    }
}
