import Formulas
import ProjectionKit
import SampleColumns
import Storage

extension SamplesProjection {
    /// The samples of a group as they lie in the store. Good until the transaction ends.
    public func samples(
        of group: SampleGroupKey, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> PackedSamples {
        var samples = PackedSamples()
        let key = group.blocksKey
        try numbers.scanBytes(from: key + RowKey(UInt32(0)), in: transaction) { found, bytes in
            guard found.count == key.bytes.count + 4, found.starts(with: key.bytes) else { return false }
            // The chunks' bytes stay where they are until the transaction ends, as the numbers' do.
            try samples.append(numbers: bytes) {
                try chunks.withBytes(of: RowKey(storedBytes: found), in: transaction) { $0 }
            }
            return true
        }
        return samples
    }

    /// The readings of resources that were taken while a group ran.
    public func readings(
        of group: SampleGroupKey, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> ReadingRows {
        var rows = ReadingRows()
        let key = group.blocksKey
        try readings.scanBytes(from: key + RowKey(UInt32(0)), in: transaction) { found, bytes in
            guard found.count == key.bytes.count + 4, found.starts(with: key.bytes) else { return false }
            try rows.append(block: bytes)
            return true
        }
        return rows
    }
}
