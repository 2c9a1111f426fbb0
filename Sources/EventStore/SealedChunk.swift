import Events
import Foundation
import Synchronization
import Transparency

/// Events that are given their place together: position, time and version, then checksum and hash.
///
/// That is most of the work of an append, so whoever appends does it while the writer waits for the disk, and the writer
/// takes whatever is left. A chunk holds the events of one tile of the hash tree, so that its hashes come to few nodes.
///
/// `@unchecked Sendable`: one thread takes it and writes; the others read once `ready`, which is stored after and loaded before.
final class SealedChunk: @unchecked Sendable {
    let records: Range<Int>
    /// The hashes of its events. Valid once it is ready.
    private(set) var leaves: CompactRange
    /// The tree nodes that it has made whole and that are the root of a tile.
    private(set) var tiles: [TreeNode] = []
    private let ready = Atomic(false)

    init(_ records: Range<Int>, firstLeaf: UInt64) {
        self.records = records
        leaves = CompactRange(begin: firstLeaf)
    }

    var isReady: Bool { ready.load(ordering: .acquiring) }

    /// Called by whoever took it.
    func seal(_ events: EncodedEvents, _ place: EncodedEvents.Place) {
        // Local: what belongs to an object is looked after at every use.
        let all = events.records
        let times = events.times
        var (leaves, tiles) = (leaves, tiles)
        for index in records {
            let record = all[index]
            let bytes = events.bytes(of: record)
            Envelope.seal(
                bytes, position: place.position + UInt64(index), recordedAt: times?[index] ?? place.recordedAt,
                streamVersion: place.version + UInt64(index), bodyChecksum: record.bodyChecksum)
            leaves.append(leaf: Digest(leaf: UnsafeRawBufferPointer(bytes))) { node in
                if LogTree.isTile(level: node.level) { tiles.append(node) }
            }
        }
        (self.leaves, self.tiles) = (leaves, tiles)
        ready.store(true, ordering: .releasing)
    }

    /// Whoever took it needs some hundred microseconds at most, unless it lost its processor.
    func waitUntilReady() { while !isReady { sched_yield() } }
}

/// Events that are given a place, chunk by chunk, by any number of threads.
///
/// `@unchecked Sendable`: the counter of taken chunks is atomic, each chunk has one writer, and the rest does not change.
final class Sealing: @unchecked Sendable {
    let place: EncodedEvents.Place
    /// Whoever helps, or is the writer, holds them.
    private unowned let events: EncodedEvents
    private let chunks: [SealedChunk]
    private let taken = Atomic(0)

    init(_ events: EncodedEvents, at place: EncodedEvents.Place) {
        self.events = events
        self.place = place
        let firstLeaf = place.position - 1
        var chunks: [SealedChunk] = []
        var first = 0
        while first < events.records.count {
            let leaf = firstLeaf + UInt64(first)
            let end = min(events.records.count, first + LogTree.tileWidth - Int(leaf % UInt64(LogTree.tileWidth)))
            chunks.append(SealedChunk(first..<end, firstLeaf: leaf))
            first = end
        }
        self.chunks = chunks
    }

    /// Seals what nobody has begun.
    func help() {
        while let chunk = take() { chunk.seal(events, place) }
    }

    /// Lends every chunk, in order, sealing those that nobody has begun.
    func forEach(_ body: (SealedChunk) throws -> Void) rethrows {
        for chunk in chunks {
            while !chunk.isReady, let open = take() { open.seal(events, place) }
            chunk.waitUntilReady()
            try body(chunk)
        }
    }

    /// Lets nobody begin another chunk, and waits for those that were begun.
    func stop() {
        let begun = taken.exchange(chunks.count, ordering: .acquiringAndReleasing)
        for chunk in chunks.prefix(begun) { chunk.waitUntilReady() }
    }

    private func take() -> SealedChunk? {
        let index = taken.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
        return index < chunks.count ? chunks[index] : nil
    }
}
