import CLMDB
import Foundation

/// A reader slot of a store that is in use, of this process or another.
public struct StoreReader: Sendable, Equatable {
    /// The process that holds it.
    public var processID: Int32
    /// The thread that began the read: the system's own number for it, for people who debug.
    public var thread: UInt64
    /// The transaction whose state it sees.
    public var transaction: UInt64
    /// How many transactions were committed since. Pages that these gave back can't be used again until it ends.
    public var transactionsBehind: UInt64
}

extension Store {
    /// How large the file is, in bytes.
    public func fileSize() -> UInt64 { withEnvironment { UInt64($0.readers.fileSize()) } ?? 0 }

    /// Every snapshot that is open, the oldest first; also one of a process that died while it read, until
    /// `clearStaleReaders` frees its slot.
    ///
    /// As long as an old one is open the file grows with every write.
    public func readers() -> [StoreReader] {
        withEnvironment { environment in
            let lines = Lines()
            mdb_reader_list(
                environment.handle,
                { text, context in
                    guard let text, let context else { return 0 }
                    Unmanaged<Lines>.fromOpaque(context).takeUnretainedValue().text += String(cString: text)
                    return 0
                }, Unmanaged.passUnretained(lines).toOpaque())
            let last = UInt64(environment.info.me_last_txnid)
            return StoreReader.parse(lines.text, last: last).sorted { $0.transaction < $1.transaction }
        } ?? []
    }

    private final class Lines {
        var text = ""
    }
}

extension StoreReader {
    /// LMDB has no other way to tell than lines of text: process in decimal, thread in hexadecimal, transaction in decimal or
    /// `-` for a slot that is kept and not in use. Its headings do not read as that.
    static func parse(_ text: String, last: UInt64) -> [StoreReader] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count == 3, let processID = Int32(fields[0]), let thread = UInt64(fields[1], radix: 16),
                let transaction = UInt64(fields[2])
            else { return nil }
            return StoreReader(
                processID: processID, thread: thread, transaction: transaction,
                transactionsBehind: last > transaction ? last - transaction : 0)
        }
    }
}
