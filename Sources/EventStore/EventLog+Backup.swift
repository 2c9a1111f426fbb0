import Foundation
import Storage

extension EventLog {
    /// Copies the log as it is now into a folder of its own, without the space that is free, while others read and write. The
    /// copy opens as a log. Whether it is whole is for `verify` to tell.
    ///
    /// - Throws: `LogError`: `.store(.alreadyThere)` when there is a log in the folder; what else stands in the way.
    public func copy(to folder: String) throws {
        do { try store.copy(to: folder) } catch { throw LogError(error) }
    }

    /// Writes the file anew without what was deleted: only then are the bytes of erased texts gone from the disk.
    ///
    /// - Throws: `LogError`: `.store(.locked)` while another process has the log open; what else stands in the way.
    public func compact() throws {
        try checkWritable()
        do { try store.compact() } catch { throw LogError(error) }
    }

    /// The size of the log's file, in bytes.
    public var fileSize: UInt64 { store.fileSize() }
}
