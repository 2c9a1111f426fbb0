import Foundation

/// A file that is locked for as long as the process that made it lives: the kernel lets go of it, however the process ends.
public final class LockFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Locks the file at `path`, making it when it is not there; nil when another process holds it.
    public init?(_ path: String) throws {
        self.path = path
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw DataFolderError.notWritable(path, String(cString: strerror(errno))) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                Foundation.close(descriptor)
                return nil
            }
            // Whoever held it may have taken the file away between opening and locking: then nobody would see this lock.
            var (own, there) = (stat(), stat())
            if fstat(descriptor, &own) == 0, stat(path, &there) == 0, own.st_ino == there.st_ino {
                self.descriptor = descriptor
                return
            }
            Foundation.close(descriptor)
        }
    }

    deinit { Foundation.close(descriptor) }

    /// Writes who holds the lock, for the message that another gets.
    func write(_ text: String) {
        ftruncate(descriptor, 0)
        _ = Array(text.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// What the holder wrote; empty when nothing.
    static func text(at path: String) -> String {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Lets another process have it.
    public func release() { flock(descriptor, LOCK_UN) }

    /// Takes the file away; the lock goes with the descriptor.
    func remove() { unlink(path) }
}

extension Installation {
    /// Holds the right to serve this folder, until it is released.
    ///
    /// - Throws: `DataFolderError.served` when another process holds it.
    public func claimService(address: String) throws -> LockFile {
        let path = folder + "/serve.lock"
        guard let lock = try LockFile(path) else {
            throw DataFolderError.served(folder, by: LockFile.text(at: path))
        }
        lock.write("process \(ProcessInfo.processInfo.processIdentifier), \(address)")
        return lock
    }

    /// Holds the right to do something in this folder that one process at a time may do, until it is released.
    ///
    /// - Parameters:
    ///   - name: of the lock file, without its extension.
    ///   - purpose: what completes "Could not …".
    /// - Throws: `DataFolderError.inUse` when another process holds it.
    public func claim(_ name: String, to purpose: String) throws -> LockFile {
        let path = "\(folder)/\(name).lock"
        guard let lock = try LockFile(path) else { throw DataFolderError.inUse(purpose, by: LockFile.text(at: path)) }
        lock.write("process \(ProcessInfo.processInfo.processIdentifier)")
        return lock
    }
}
