import Foundation

/// The lines of a file, one after another, in memory for the longest of them.
final class LineReader {
    /// The longest line, in bytes: the largest payload as JSON and once more in base64 fits.
    static let limit = 192 << 20

    /// The file's name, as it was given.
    let path: String
    /// The file's size when it was opened, in bytes.
    let size: UInt64
    /// The number of the line that was read last, from 1.
    private(set) var line = 0
    /// How many bytes have been given out, ends of lines included.
    private(set) var offset: UInt64 = 0

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    /// - Throws: `AuditError.file`.
    init(path: String) throws(AuditError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path, verb: "read", reason: String(cString: strerror(errno))) }
        var status = stat()
        fstat(descriptor, &status)
        size = UInt64(max(0, status.st_size))
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .file(path, verb: "read", reason: "it is no file; write the export to one")
        }
    }

    deinit { close(descriptor) }

    /// Lends the next line, without its end, to `body`; nil when there is none.
    ///
    /// - Throws: `AuditError.file`, and what `body` throws.
    func next<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) throws -> Result? {
        var searched = start
        while true {
            if let end = endOfLine(from: searched) {
                defer { start = min(end + 1, buffer.count) }
                line += 1
                offset += UInt64(min(end + 1, buffer.count) - start)
                return try buffer.withUnsafeBufferPointer { try body(.init(rebasing: $0[start..<end])) }
            }
            guard !isAtEnd else { return nil }
            searched = buffer.count - start
            try fill()
        }
    }

    /// Where the line ends: at the line feed, or at the end of the file when something stands before it.
    private func endOfLine(from searched: Int) -> Int? {
        let found = buffer.withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress, let hit = memchr(base + searched, 0x0A, bytes.count - searched) else {
                return nil
            }
            return UnsafeRawPointer(hit) - base
        }
        return found ?? (isAtEnd && start < buffer.count ? buffer.count : nil)
    }

    /// Reads on; what has been given out makes room.
    private func fill() throws(AuditError) {
        buffer.removeFirst(start)
        start = 0
        guard buffer.count <= LineReader.limit else {
            throw .file(path, verb: "read", reason: "line \(line + 1) is longer than any line of an export")
        }
        let kept = buffer.count
        let chunk = max(256 << 10, kept)
        buffer.append(contentsOf: repeatElement(0, count: chunk))
        let count = buffer.withUnsafeMutableBytes { bytes in
            var count: Int
            repeat {
                count = read(descriptor, bytes.baseAddress.map { $0 + kept }, chunk)
            } while count < 0 && errno == EINTR
            return count
        }
        guard count >= 0 else { throw .file(path, verb: "read", reason: String(cString: strerror(errno))) }
        buffer.removeLast(chunk - count)
        isAtEnd = count == 0
    }
}
