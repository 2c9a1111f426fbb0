import Foundation
import Storage
import Synchronization

/// Frees the reader slots of dead processes, and warns of a reader that makes the file grow: as long as a snapshot is open,
/// pages that are given back after it can't be used again.
final class ReaderWatch: Sendable {
    private let warn: @Sendable (String) -> Void
    private let oldest = Mutex<Oldest?>(nil)

    /// The reader that is oldest, since when, how large the file was then, and whether that was said.
    private struct Oldest {
        var reader: StoreReader
        var since: ContinuousClock.Instant
        var size: UInt64
        var isTold = false
    }

    private let growth: UInt64

    /// - Parameter growth: how many bytes the file may grow by before it is said.
    init(growth: UInt64 = LogLimits.readerGrowth, warn: @escaping @Sendable (String) -> Void) {
        self.growth = growth
        self.warn = warn
    }

    func look(at store: Store, now: ContinuousClock.Instant = .now) {
        store.clearStaleReaders()
        let size = store.fileSize()
        guard let reader = store.readers().first else { return oldest.withLock { $0 = nil } }
        let warning = oldest.withLock { oldest -> String? in
            guard var known = oldest, known.reader.isSame(as: reader) else {
                oldest = Oldest(reader: reader, since: now, size: size)
                return nil
            }
            let age = (now - known.since) / .seconds(1)
            guard !known.isTold, age > LogLimits.readerAge, size > known.size + growth else {
                return nil
            }
            known.isTold = true
            oldest = known
            return "Process \(reader.processID) has been reading one state of '\(store.folder)' for \(Int(age)) s, "
                + "\(reader.transactionsBehind) commits ago; the file has grown by \((size - known.size) >> 20) MiB meanwhile, since "
                + "space can't be used again. End that process if it hangs."
        }
        if let warning { warn(warning) }
    }
}

extension StoreReader {
    fileprivate func isSame(as other: StoreReader) -> Bool {
        processID == other.processID && thread == other.thread && transaction == other.transaction
    }
}
