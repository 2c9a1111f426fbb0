import Foundation
import Storage

/// A folder to which files are added that nobody ever sees half written. One process at a time adds to it.
final class TilesFolder {
    let path: String
    private let descriptor: Int32

    /// Claims the folder, making it when it is not there.
    init(claiming path: String) throws(TlogTilesError) {
        self.path = path
        try TilesFolder.make(path)
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path, String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .file(path, "another export writes there") }
    }

    deinit { close(descriptor) }

    /// The bytes of a file; nil when it is not there.
    func content(of name: String) throws(TlogTilesError) -> [UInt8]? {
        let file = path + "/" + name
        guard let handle = FileHandle(forReadingAtPath: file) else {
            if access(file, F_OK) != 0, errno == ENOENT || errno == ENOTDIR { return nil }
            throw .file(file, "it is there and can't be read")
        }
        do {
            return Array(try handle.readToEnd() ?? Data())
        } catch {
            throw .file(file, "it is there and can't be read")
        }
    }

    /// Writes a file beside its place and renames it.
    ///
    /// - Parameter mayBeThere: whether a file that is there is right as it is.
    /// - Returns: whether it was written.
    func add(_ name: String, mayBeThere: Bool, _ content: () throws -> [UInt8]) throws -> Bool {
        let file = path + "/" + name
        if mayBeThere, access(file, F_OK) == 0 { return false }
        let bytes = try content()
        let temporary = file + ".new"
        var descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0, errno == ENOENT {
            try TilesFolder.make((file as NSString).deletingLastPathComponent)
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        }
        guard descriptor >= 0 else { throw TlogTilesError.file(file, String(cString: strerror(errno))) }
        let reason = TilesFolder.write(bytes, to: descriptor)
        close(descriptor)
        guard reason == 0, rename(temporary, file) == 0 else {
            let reason = reason == 0 ? errno : reason
            unlink(temporary)
            throw TlogTilesError.file(file, String(cString: strerror(reason)))
        }
        return true
    }

    /// Waits until everything that was added is on the disk: a checkpoint must not be there without its tiles.
    func synchronize() { sync() }

    private static func make(_ folder: String) throws(TlogTilesError) {
        let reason = makeFolder(folder)
        guard reason != 0 else { return }
        throw .file(
            folder, reason == ENOTDIR ? "a file stands where a folder should" : String(cString: strerror(reason)))
    }

    /// 0, or the system's number for why it could not be written.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
