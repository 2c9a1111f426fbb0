import EventStore
import Events
import ProjectionKit
import SampleColumns
import Storage

/// The samples: every one's numbers as packed columns, so that formulas are evaluated over them without reading the log.
///
/// - `numbers`: run, model, scenario, level, rate, block → `SampleBlock`: the samples' numbers.
/// - `chunks`: the same key → the gaps between their chunks, and the chunks' sizes; none where there are none.
/// - `readings`: the same key → `ReadingRows`: the readings of resources that were taken meanwhile.
///
/// A block is counted from 0 within its group. Only a group's last one grows. Requests that an open loop did not send have no
/// numbers and are not here. Nor are deletions: whoever may not see a run has no row of it to ask for, and a run that is
/// restored has its samples at once.
public struct SamplesProjection: Projection {
    public static let name = "samples"
    public static let version: UInt32 = 1
    public static let handles: Set<EventType> = [.inferenceSampled, .resourceSampled]

    let numbers: Table<RowKey, [UInt8]>
    let chunks: Table<RowKey, [UInt8]>
    let readings: Table<RowKey, [UInt8]>

    /// What this batch brought, by the group's place in the index.
    private var groups = GroupIndex()
    private var newSamples: [SampleRows] = []
    private var newReadings: [ReadingRows] = []

    public init(_ space: TableSpace) {
        numbers = Table(space.table("numbers"))
        chunks = Table(space.table("chunks"))
        readings = Table(space.table("readings"))
    }

    public mutating func fold(
        _ recorded: RecordedEvent, from source: SourceID, in transaction: borrowing WriteTransaction
    ) {
        guard case .resourceSampled(let reading) = recorded.event, let key = SampleGroupKey(reading) else { return }
        let place = groups.place(of: key)
        makeRoom(for: place)
        newReadings[place].append(reading)
    }

    public mutating func fold(_ sample: borrowing SampleView, at position: Position, recordedAt: Int64) {
        guard sample.error != .shed else { return }
        let place = groups.place(of: sample)
        makeRoom(for: place)
        newSamples[place].append(sample)
    }

    private mutating func makeRoom(for place: Int) {
        guard place == newSamples.count else { return }
        newSamples.append(SampleRows())
        newReadings.append(ReadingRows())
    }

    public mutating func finishBatch(in transaction: borrowing WriteTransaction, log: EventLog) throws {
        for place in groups.keys.indices.sorted(by: { groups.keys[$0].blocksKey < groups.keys[$1].blocksKey }) {
            let key = groups.keys[place].blocksKey
            if newSamples[place].count > 0 { try write(newSamples[place], of: key, in: transaction) }
            if newReadings[place].count > 0 { try write(newReadings[place], of: key, in: transaction) }
        }
        forget()
    }

    public mutating func forget() {
        groups.removeAll()
        newSamples.removeAll(keepingCapacity: true)
        newReadings.removeAll(keepingCapacity: true)
    }

    /// Fills the group's last block up and puts others behind it.
    private func write(_ new: SampleRows, of key: RowKey, in transaction: borrowing WriteTransaction) throws {
        var (rows, block) = (SampleRows(), UInt32(0))
        if let last = try lastBlock(of: key, in: numbers, transaction) {
            rows = try SampleRows(
                block: last.bytes, chunks: { try chunks.withBytes(of: last.key, in: transaction) { $0 } })
            block = last.block
        }
        rows.append(contentsOf: new)
        try rows.forEachBlock { bytes, chunkBytes in
            try numbers.put(key + RowKey(block), bytes: bytes, in: transaction)
            if let chunkBytes { try chunks.put(key + RowKey(block), bytes: chunkBytes, in: transaction) }
            block += 1
        }
    }

    private func write(_ new: ReadingRows, of key: RowKey, in transaction: borrowing WriteTransaction) throws {
        var (rows, block) = (ReadingRows(), UInt32(0))
        if let last = try lastBlock(of: key, in: readings, transaction) {
            try rows.append(block: last.bytes)
            block = last.block
        }
        rows.append(contentsOf: new)
        try rows.forEachBlock { bytes in
            try readings.put(key + RowKey(block), bytes: bytes, in: transaction)
            block += 1
        }
    }

    /// The group's last block; its bytes are lent until the next write.
    private func lastBlock(
        of key: RowKey, in table: Table<RowKey, [UInt8]>, _ transaction: borrowing WriteTransaction
    ) throws -> (key: RowKey, block: UInt32, bytes: UnsafeRawBufferPointer)? {
        var last: (RowKey, UInt32, UnsafeRawBufferPointer)?
        try table.scanBytes(from: key + RowKey(UInt32.max), .descending, in: transaction) { found, bytes in
            if found.starts(with: key.bytes), found.count == key.bytes.count + 4 {
                let block = UInt32(bigEndian: found.loadUnaligned(fromByteOffset: key.bytes.count, as: UInt32.self))
                last = (key + RowKey(block), block, bytes)
            }
            return false
        }
        return last
    }
}
