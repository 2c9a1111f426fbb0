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
            let chunkBytes = try chunks.lentBytes(of: found, in: transaction)
            try samples.append(numbers: bytes, chunks: chunkBytes)
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

extension Table where Key == RowKey, Value == [UInt8] {
    /// The stored bytes of the key of these bytes, which stay where they are until the transaction ends.
    fileprivate func lentBytes(
        of key: UnsafeRawBufferPointer, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> UnsafeRawBufferPointer? {
        try withBytes(of: RowKey(storedBytes: key), in: transaction) { $0 }
    }
}
