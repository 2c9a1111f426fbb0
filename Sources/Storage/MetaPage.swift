import CLMDB
import Foundation
import Synchronization

/// One of the two pages that a file begins with: a commit writes the one that its number's last bit names.
///
/// Behind the page's header:
/// ```
///  16  UInt32  magic number      20  UInt32  format version, 1      24  two words, of no use here
///  40  the free list's tree      88  the tree of the tables         136  UInt64  last page in use
/// 144  UInt64  number of the commit
/// ```
struct MetaPage: Equatable {
    static let size = 152
    static let transactionOffset = 144

    let page: UInt64
    let kind: UInt16
    let magic: UInt32
    let version: UInt32
    let free: Tree
    let tables: Tree
    let lastPage: UInt64
    let transaction: UInt64

    init(_ bytes: UnsafeRawPointer) {
        page = bytes.load(as: UInt64.self)
        kind = bytes.load(fromByteOffset: 10, as: UInt16.self)
        magic = bytes.load(fromByteOffset: 16, as: UInt32.self)
        version = bytes.load(fromByteOffset: 20, as: UInt32.self)
        free = Tree(bytes + 40)
        tables = Tree(bytes + 88)
        lastPage = bytes.load(fromByteOffset: 136, as: UInt64.self)
        transaction = bytes.load(fromByteOffset: MetaPage.transactionOffset, as: UInt64.self)
    }

    /// As it is in the mapped file at this moment.
    static func read(_ map: PageMap, at index: UInt64, _ pageSize: Int) -> MetaPage {
        atomicMemoryFence(ordering: .acquiring)
        defer { atomicMemoryFence(ordering: .acquiring) }
        return MetaPage(map.start + Int(index) * pageSize)
    }

    /// Whether the page is one of LMDB's at all.
    var isKnown: Bool { magic == 0xBEEF_C0DE && kind == Page.meta && (512...65_536).contains(pageSize) }
    var pageSize: Int { Int(free.pageSize) }

    /// Whether it can have been written as page `index` of a file with pages of that size.
    func isPlausible(at index: UInt64, pageSize: Int) -> Bool {
        // Page numbers are 48 bits long in the nodes.
        isKnown && page == index && self.pageSize == pageSize && pageSize.nonzeroBitCount == 1
            && (1..<1 << 48).contains(lastPage) && (transaction == 0 || transaction & 1 == index)
            && free.flags == Tree.integerKeys && tables.flags == 0
            && free.isPlausible(pageCount: lastPage + 1, pageSize: pageSize)
            && tables.isPlausible(pageCount: lastPage + 1, pageSize: pageSize)
    }
}

/// What is checked of a file's first pages before LMDB may map it.
///
/// LMDB goes by the page with the larger number, whatever else is in it. A damaged number would have it go back a commit, or
/// take a page that was never finished; so both pages must be of the same file and one commit apart, as each commit leaves
/// them. What else is in the older one is of no account: a write of it that failed may have left a part. (Only where commits
/// are not synced can a power cut leave them otherwise, and then nothing in the file is certain.)
enum MetaPages {
    /// - Throws: `.corrupted`, `.newerVersion`, and what opening the file throws. A file that is not there, or has no byte
    ///   yet, passes.
    static func check(_ folder: String) throws(StoreError) {
        let descriptor = open(folder + "/data.mdb", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw StoreError(lmdb: errno, doing: "open data.mdb", in: folder)
        }
        defer { close(descriptor) }
        var seen = read(descriptor)
        while true {
            // The meta pages first, the size after: another process can only have made the file longer meanwhile.
            let size = StoreFolder.fileSize(descriptor)
            if size == 0 { return }
            do throws(StoreError) {
                return try check(seen, size: size, folder)
            } catch {
                // Another process may be writing them: what is wrong must be there twice.
                usleep(1000)
                let again = read(descriptor)
                if again == seen { throw error }
                seen = again
            }
        }
    }

    private static func check(_ metas: [MetaPage], size: UInt64, _ folder: String) throws(StoreError) {
        guard metas.count == 2, metas[0].isKnown || metas[1].isKnown else {
            if metas.first?.isKnown == true || size < UInt64(MetaPage.size) { throw cutShort(size, folder) }
            throw damaged("data.mdb is not an LMDB file, or its first pages are damaged", folder)
        }
        guard metas[0].version == metas[1].version else { throw damaged("its first pages are damaged", folder) }
        guard metas[0].version == 1 else {
            throw StoreError(lmdb: MDB_VERSION_MISMATCH, doing: "open data.mdb", in: folder)
        }
        let pageSize = metas[0].pageSize
        let newest = metas[0].transaction < metas[1].transaction ? metas[1] : metas[0]
        let oldest = metas[0].transaction < metas[1].transaction ? metas[0] : metas[1]
        guard newest.isPlausible(at: newest.page, pageSize: pageSize), newest.page == newest.transaction & 1,
            oldest.isKnown, oldest.page == 1 - newest.page, oldest.pageSize == pageSize,
            newest.transaction == oldest.transaction + (newest.transaction == 0 ? 0 : 1)
        else { throw damaged("its first pages are damaged", folder) }
        // LMDB leaves pages that a transaction took and gave back unwritten, so the file of a killed process may end before the
        // last page. Whether pages in use are missing is seen when the trees are looked at.
        guard size >= 2 * UInt64(pageSize) else {
            throw cutShort(size, folder)
        }
    }

    /// So it is too when a process died while it made a new store.
    private static func cutShort(_ size: UInt64, _ folder: String) -> StoreError {
        StoreError(
            .corrupted,
            "Could not open '\(folder)': data.mdb was cut short, it has \(size) bytes. Restore the folder from a backup; if "
                + "nothing was ever kept there, delete the file.")
    }

    private static func damaged(_ reason: String, _ folder: String) -> StoreError {
        StoreError(.corrupted, "Could not open '\(folder)': \(reason). Restore the folder from a backup.")
    }

    /// Both, or fewer where the file has not so many.
    private static func read(_ descriptor: Int32) -> [MetaPage] {
        let first = read(descriptor, at: 0)
        // The page size is one of a few; a damaged one must not hide a file of LMDB's.
        let second = read(descriptor, at: first?.isKnown == true ? first?.pageSize ?? 4096 : 4096)
        return [first, second].compactMap { $0 }
    }

    private static func read(_ descriptor: Int32, at offset: Int) -> MetaPage? {
        withUnsafeTemporaryAllocation(byteCount: MetaPage.size, alignment: 8) { bytes in
            guard let start = bytes.baseAddress,
                pread(descriptor, start, MetaPage.size, off_t(offset)) == MetaPage.size
            else { return nil }
            return MetaPage(start)
        }
    }
}
