import Foundation
import Synchronization

/// The file as it lies in memory, for reading only.
///
/// A mapping of our own, beside LMDB's: LMDB does not tell where its own lies, and may move it. Both show the same memory of the
/// system, so that what LMDB writes is seen here at once. It is longer than the file, so that it need not be made anew for
/// every page that is added; bytes behind the file's end must not be touched.
final class PageMap: @unchecked Sendable {
    let start: UnsafeRawPointer
    let length: Int

    /// - Throws: `errno` as `StoreError`.
    init(_ descriptor: Int32, fileSize: Int, folder: String) throws(StoreError) {
        for length in [max(fileSize * 2, 64 << 20), fileSize] {
            let mapped = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0)
            guard let mapped, mapped != MAP_FAILED else { continue }
            start = UnsafeRawPointer(mapped)
            self.length = length
            return
        }
        throw StoreError(lmdb: errno, doing: "map data.mdb into memory", in: folder)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: start), length) }
}

/// What snapshots share: the newest mapping (older snapshots keep the one that they began with), and a reader that is not in
/// use, with the pages that it has checked.
final class PageReaders: Sendable {
    private let folder: String
    /// Of our own: what LMDB's own stands for is LMDB's business.
    private let descriptor: Int32
    private struct Shared {
        var map: PageMap?
        var idle: PageReader?
    }
    private let shared = Mutex(Shared())

    init(folder: String) throws(StoreError) {
        self.folder = folder
        descriptor = open(folder + "/data.mdb", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(lmdb: errno, doing: "open data.mdb", in: folder) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The size of the file at this moment, in bytes.
    func fileSize() -> Int { Int(StoreFolder.fileSize(descriptor)) }

    /// A mapping of at least the file's first `size` bytes.
    func map(size: Int) throws(StoreError) -> PageMap {
        try shared.withLock { shared throws(StoreError) in
            if let map = shared.map, map.length >= size { return map }
            let map = try PageMap(descriptor, fileSize: size, folder: folder)
            shared.map = map
            return map
        }
    }

    /// A reader of the newest commit.
    ///
    /// The pages of the newest commit are never written to: if the idle reader read the same one, what it checked has not
    /// changed since, even if no transaction kept it meanwhile.
    func reader(of map: PageMap, meta: MetaPage, previous: MetaPage?, fileSize: Int) -> PageReader {
        let idle = shared.withLock { shared in
            defer { shared.idle = nil }
            return shared.idle
        }
        if let idle, idle.meta == meta, idle.fileSize == fileSize { return idle }
        return PageReader(map, meta: meta, previous: previous, fileSize: fileSize, folder: folder)
    }

    /// Takes back a reader whose snapshot has ended.
    func giveBack(_ reader: PageReader) { shared.withLock { $0.idle = reader } }
}
