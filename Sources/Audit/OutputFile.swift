import Foundation

/// A file that appears under its name when it is whole: until then it has another, beside it, and it is gone when it is not
/// finished.
public final class OutputFile {
    private let path: String
    private let unfinished: String
    private var descriptor: Int32

    /// - Throws: `AuditError.file` when the folder can't be written, or something stands there that is no file.
    public init(path: String) throws(AuditError) {
        // A link stays a link: what it leads to is replaced.
        self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        var status = stat()
        if stat(self.path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            let reason =
                status.st_mode & S_IFMT == S_IFDIR
                ? "it is a folder; name a file in it" : "it is no file that can be replaced"
            throw .file(path, verb: "write", reason: reason)
        }
        unfinished = "\(self.path).unfinished-\(UUID().uuidString.prefix(8))"
        descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputFile.failure(path) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(unfinished)
    }

    /// Adds bytes at the end.
    public func write(_ bytes: [UInt8]) throws(AuditError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count >= 0 { written += count } else if errno != EINTR { throw OutputFile.failure(path) }
        }
    }

    /// Puts what was written on the disk and gives it its name. A file that had the name before is replaced.
    public func finish() throws(AuditError) {
        guard fsync(descriptor) == 0, rename(unfinished, path) == 0 else { throw OutputFile.failure(path) }
        close(descriptor)
        descriptor = -1
    }

    private static func failure(_ path: String) -> AuditError {
        .file(path, verb: "write", reason: String(cString: strerror(errno)))
    }
}
