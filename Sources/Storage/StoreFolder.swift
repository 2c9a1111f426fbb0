import CLMDB
import Foundation

/// What is checked about a store's folder before LMDB may map the file in it.
///
/// Reading a mapped page behind the end of the file would be a SIGBUS that nothing can catch, and LMDB believes what the
/// first pages say: so a file that was cut short or does not begin as it should is refused before it is mapped.
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
        try MetaPages.check(folder)
    }

    /// Whether the disk has no room worth mentioning left.
    static func isFull(_ folder: String) -> Bool {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return false }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 1 << 20
    }

    /// Where a compaction writes, until it is finished.
    static let compactedName = "data.mdb.compacted"

    /// Makes the folder's own entries durable: a new file is only there after a crash once its folder has been synced.
    static func sync(_ folder: String) throws(StoreError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(lmdb: errno, doing: "open the folder", in: folder) }
        defer { close(descriptor) }
        // EINVAL: a file system that has no such thing, and needs none.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw StoreError(lmdb: errno, doing: "sync the folder", in: folder)
        }
    }

    /// Whether the file through which readers and writers see each other can be written.
    static func canLock(_ folder: String) -> Bool {
        let descriptor = open(folder + "/lock.mdb", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0 || (errno != EACCES && errno != EPERM && errno != EROFS)
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

    /// The size of the file at this moment, in bytes.
    static func fileSize(_ descriptor: Int32) -> UInt64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(status.st_size) : 0
    }
}
