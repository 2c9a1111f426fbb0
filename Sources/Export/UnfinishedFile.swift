import Foundation

/// A file that another library writes: it has another name beside its own until it is whole, and is gone when it does not
/// become so.
final class UnfinishedFile {
    /// Where it is written.
    let path: String
    private let wanted: String
    private let asked: String
    private var isFinished = false

    /// - Parameter path: the name that it is to have; a file that has it is replaced at the end.
    /// - Throws: `ExportError` when the folder can't be written, or something stands there that is no file.
    init(path: String) throws(ExportError) {
        asked = path
        // A link stays a link: what it leads to is replaced.
        wanted = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        var status = stat()
        if stat(wanted, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw .file(
                path,
                reason: status.st_mode & S_IFMT == S_IFDIR
                    ? "it is a folder; name a file in it" : "it is no file that can be replaced")
        }
        self.path = "\(wanted).unfinished-\(UUID().uuidString.prefix(8))"
        let descriptor = open(self.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .file(path, reason: String(cString: strerror(errno))) }
        close(descriptor)
    }

    deinit { if !isFinished { unlink(path) } }

    /// Puts what was written on the disk and gives it its name.
    ///
    /// - Returns: its size in bytes.
    func finish() throws(ExportError) -> UInt64 {
        var status = stat()
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, fsync(descriptor) == 0, fstat(descriptor, &status) == 0, rename(path, wanted) == 0
        else { throw .file(asked, reason: String(cString: strerror(errno))) }
        isFinished = true
        return UInt64(status.st_size)
    }
}

/// Why an export could not be written. Nothing of it is left then.
public enum ExportError: Error, Equatable, Sendable, CustomStringConvertible {
    case file(String, reason: String)

    public var description: String {
        switch self {
        case .file(let path, let reason): "Could not write \(path): \(reason)."
        }
    }
}
