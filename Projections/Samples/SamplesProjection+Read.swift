import Formulas
import Foundation
import ProjectionKit
import SampleColumns
import Storage

extension SamplesProjection {
    /// The samples of a group as they lie in the store. Good until the transaction ends.
    public func samples(
        of group: SampleGroupKey, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> PackedSamples {
        var samples = PackedSamples()
        let first = group.blockKey(0)
        try numbers.scanBytes(from: first, in: transaction) { found, bytes in
            guard first.isOfSameGroup(found) else { return false }
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
        let first = group.blockKey(0)
        try readings.scanBytes(from: first, in: transaction) { found, bytes in
            guard first.isOfSameGroup(found) else { return false }
            try rows.append(block: bytes)
            return true
        }
        return rows
    }
}

extension RowKey {
    /// Whether a block's key and this one have all in common but the block's number.
    fileprivate func isOfSameGroup(_ found: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBytes {
            $0.count == found.count && memcmp($0.baseAddress!, found.baseAddress!, $0.count - 4) == 0
        }
    }
}
