import CLMDB
import Foundation

/// What is checked about a store's folder before LMDB may map the file in it.
///
/// Layout of `data.mdb` that is read here (LMDB 0.9, little-endian hosts): two meta pages, at 0 and at one page size. In each:
/// ```
///  16  UInt32  magic 0xBEEFC0DE       20  UInt32  format version, 1
///  40  UInt32  page size in bytes    136  UInt64  last page in use    144  UInt64  transaction id
/// ```
/// The page with the larger transaction id is the one that counts. Reading a mapped page behind the end of the file would
/// be a SIGBUS that nothing can catch, so a file that was cut short is refused before it is mapped.
enum StoreFolder {
    static func prepare(_ folder: String, readOnly: Bool) throws(StoreError) {
        if !readOnly {
            let code = makeFolder(folder)
            // What can't be there is not missing.
            try check(code == ENOENT ? EACCES : code, doing: "make the folder", in: folder)
        } else if access(folder + "/data.mdb", F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
            throw StoreError(.missing, "Could not open '\(folder)': there is no store in that folder.")
        }
        try refuseNetworkFilesystem(folder)
        try refuseTruncatedFile(folder)
    }

    /// Whether the disk has no room worth mentioning left.
    static func isFull(_ folder: String) -> Bool {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return false }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 1 << 20
    }

    /// Makes the folder's own entries durable: a new file is only there after a crash once its folder has been synced.
    static func sync(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    // MARK: - File systems

    private static let remote: [UInt: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x564C: "NCP", 0x5346_414F: "AFS",
        0x6B41_4653: "AFS", 0x7375_7245: "Coda", 0x0102_1997: "9P", 0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre",
        0x4750_4653: "GPFS", 0xAAD7_AAEA: "PanFS",
    ]
    private static let fuse: UInt = 0x6573_5546

    private static func refuseNetworkFilesystem(_ folder: String) throws(StoreError) {
        let magic = clmdb_filesystem_magic(folder)
        var name = remote[UInt(magic)]
        if UInt(magic) == fuse {
            // One magic number for everything in user space: only the mount table tells sshfs from a local disk.
            let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
            name = remoteFuseType(of: folder, mounts: mounts)
        }
        if clmdb_filesystem_is_remote(folder) != 0 { name = name ?? "a network file system" }
        guard let name else { return }
        throw StoreError(
            .networkFilesystem,
            "Could not open '\(folder)': it is on \(name), where memory mapping and locks between machines can't be relied "
                + "upon. Choose a folder on a local disk.")
    }

    /// The FUSE type that serves `folder` from another machine, if one does: the longest mount point that holds it decides.
    static func remoteFuseType(of folder: String, mounts: String) -> String? {
        let path = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        var found: (point: Int, type: String)?
        for line in mounts.split(separator: "\n") {
            let halves = line.components(separatedBy: " - ")
            let fields = halves[0].split(separator: " ")
            guard halves.count == 2, fields.count > 4, let type = halves[1].split(separator: " ").first else {
                continue
            }
            let point = fields[4].replacingOccurrences(of: "\\040", with: " ")
            guard path == point || point == "/" || path.hasPrefix(point + "/") else { continue }
            if point.count >= found?.point ?? 0 { found = (point.count, String(type)) }
        }
        let remoteTypes = [
            "sshfs", "rclone", "s3fs", "gcsfuse", "glusterfs", "ceph", "davfs", "curlftpfs", "smbnetfs", "juicefs",
        ]
        guard let type = found?.type, remoteTypes.contains(where: { type.contains($0) }) else { return nil }
        return type
    }

    // MARK: - The file's size

    private static func refuseTruncatedFile(_ folder: String) throws(StoreError) {
        let descriptor = open(folder + "/data.mdb", O_RDONLY)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw StoreError(lmdb: errno, doing: "open data.mdb", in: folder)
        }
        defer { close(descriptor) }
        // The meta pages first, the size after: another process can only have made the file longer meanwhile.
        let metas = [0, pageSize(descriptor)].compactMap { meta(descriptor, at: $0) }
        let size = fileSize(descriptor)
        // Perhaps just created by a process that has not come further yet; `refuseEmptyFile` knows.
        if size == 0 { return }
        guard let newest = metas.max(by: { $0.transaction < $1.transaction }) else {
            throw StoreError(
                .corrupted,
                "Could not open '\(folder)': data.mdb is not an LMDB file, or its first pages are damaged. "
                    + "Restore the folder from a backup.")
        }
        guard newest.version == 1 else {
            throw StoreError(lmdb: MDB_VERSION_MISMATCH, doing: "open data.mdb", in: folder)
        }
        let needed = (newest.lastPage + 1) &* newest.pageSize
        guard size >= needed else {
            throw StoreError(
                .corrupted,
                "Could not open '\(folder)': data.mdb was cut short, it has \(size) bytes and needs \(needed). "
                    + "Restore the folder from a backup.")
        }
    }

    /// Refuses a file without a byte, when nobody can be about to fill it: what it held is gone, and a new store in its
    /// place would hide that.
    static func refuseEmptyFile(_ folder: String) throws(StoreError) {
        var status = stat()
        guard stat(folder + "/data.mdb", &status) == 0, status.st_size == 0 else { return }
        throw StoreError(
            .corrupted,
            "Could not open '\(folder)': data.mdb is empty. Restore the folder from a backup; if nothing was ever kept there, "
                + "delete the file.")
    }

    /// Has the disk's blocks for `lock.mdb`, which LMDB makes as a hole and then writes through a map: on a full disk that
    /// would be a SIGBUS. One cache line (64 bytes) a reader, and two for what stands before them.
    static func reserveLockFile(_ folder: String, readers: Int) throws(StoreError) {
        #if os(Linux)
        let descriptor = open(folder + "/lock.mdb", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw StoreError(lmdb: errno, doing: "make lock.mdb", in: folder) }
        defer { close(descriptor) }
        let page = 4096
        let size = ((readers + 2) * 64 + page - 1) / page * page
        let code = posix_fallocate(descriptor, 0, max(off_t(size), off_t(fileSize(descriptor))))
        // Where a filesystem can't reserve, it is as it was.
        guard code == ENOSPC || code == EDQUOT else { return }
        throw StoreError(lmdb: code, doing: "make lock.mdb", in: folder)
        #endif
    }

    struct Meta {
        var version: UInt32
        var pageSize: UInt64
        var lastPage: UInt64
        var transaction: UInt64
    }

    /// The size of the file at this moment, in bytes.
    static func fileSize(_ descriptor: Int32) -> UInt64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(status.st_size) : 0
    }

    private static func pageSize(_ descriptor: Int32) -> Int {
        Int(meta(descriptor, at: 0)?.pageSize ?? 4096)
    }

    private static func meta(_ descriptor: Int32, at offset: Int) -> Meta? {
        withUnsafeTemporaryAllocation(byteCount: 152, alignment: 8) { bytes in
            guard pread(descriptor, bytes.baseAddress, 152, off_t(offset)) == 152,
                bytes.load(fromByteOffset: 16, as: UInt32.self) == 0xBEEF_C0DE
            else { return nil }
            let meta = Meta(
                version: bytes.load(fromByteOffset: 20, as: UInt32.self),
                pageSize: UInt64(bytes.load(fromByteOffset: 40, as: UInt32.self)),
                lastPage: bytes.load(fromByteOffset: 136, as: UInt64.self),
                transaction: bytes.load(fromByteOffset: 144, as: UInt64.self))
            guard (512...65536).contains(meta.pageSize), meta.pageSize.nonzeroBitCount == 1 else { return nil }
            return meta
        }
    }
}
