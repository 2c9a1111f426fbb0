import Foundation

/// Who has the tables' folder open, and whether what lies in it reached the disk.
///
/// `open.lock` is held shared by every process that has the folder open; `boot` holds the boot id under which it was last
/// opened; `clean` is there only when the last process to close it synced it.
final class FolderLock: Sendable {
    private let descriptor: Int32
    private let folder: String

    init?(folder: String) throws {
        self.folder = folder
        descriptor = open(folder + "/open.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Throws away what an unclean stop of the machine may have torn, then joins the others.
    func prepare() {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
            let boot = Self.bootID
            let last = try? String(contentsOfFile: folder + "/boot", encoding: .utf8)
            let isClean = FileManager.default.fileExists(atPath: folder + "/clean")
            if let last, last != boot, !isClean { Self.empty(folder) }
            try? boot.write(toFile: folder + "/boot", atomically: true, encoding: .utf8)
            unlink(folder + "/clean")
            // Else a power cut could bring the mark back after the tables were written to.
            let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if directory >= 0 {
                fsync(directory)
                close(directory)
            }
        }
        flock(descriptor, LOCK_SH)
    }

    /// Leaves; the last one syncs the tables and marks them clean.
    func end(syncing folder: String) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return }
        let file = open(folder + "/data.mdb", O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        if fsync(file) == 0 { _ = FileManager.default.createFile(atPath: folder + "/clean", contents: nil) }
        flock(descriptor, LOCK_UN)
    }

    /// Deletes the folder unless somebody is in it.
    func remove(_ folder: String) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return }
        try? FileManager.default.removeItem(atPath: folder)
    }

    static func empty(_ folder: String) {
        for name in ["data.mdb", "lock.mdb", "clean"] { unlink("\(folder)/\(name)") }
    }

    /// Changes at every start of the machine. Empty where the system has none, which then counts as the same boot.
    static var bootID: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }
}

/// Held while tables are rebuilt, by one rebuild in all processes: two would fold into the same tables, every event twice.
final class RebuildLock: Sendable {
    private let descriptor: Int32

    /// Waits for a rebuild that goes on elsewhere.
    ///
    /// - Throws: `CancellationError` when `isCancelled` said so while it waited; `ProjectionError.unwritable`.
    convenience init(folder: String, isCancelled: () -> Bool) throws {
        try self.init(opening: folder)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard !isCancelled() else { throw CancellationError() }
            usleep(20_000)
        }
    }

    /// Nil when a rebuild goes on.
    convenience init?(ifFreeIn folder: String) throws {
        try self.init(opening: folder)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    private init(opening folder: String) throws {
        descriptor = open(folder + "/rebuild.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ProjectionError.unwritable(folder, reason: String(cString: strerror(errno)))
        }
    }

    deinit { close(descriptor) }

    func release() { flock(descriptor, LOCK_UN) }
}
