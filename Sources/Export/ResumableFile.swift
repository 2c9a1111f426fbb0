import EventStore
import Foundation

/// A text file of samples that an interrupted export can go on with.
///
/// Until it is whole it is called `<name>.partial`. That stays when the export is interrupted or killed: what was written last
/// may be half a row, and is cut off before the export goes on behind the last whole one.
public final class ResumableFile {
    private let path: String
    private let partial: String
    private let descriptor: Int32
    /// Position of the last sample that is in it already; nil when it has none.
    public private(set) var lastPosition: Position?

    /// Opens the unfinished file, or begins it.
    ///
    /// - Throws: `ExportError` when it can't be written, another export is at it, or it is none of this format and columns.
    public init(path: String, format: TextFormat) throws(ExportError) {
        self.path = path
        partial = path + ".partial"
        descriptor = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .file(path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .file(path, reason: "another export writes \(partial)")
        }
        do throws(ExportError) {
            try findEnd(format)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Adds bytes at the end.
    public func write(_ bytes: [UInt8]) throws(ExportError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count >= 0 { written += count } else if errno != EINTR { throw failure }
        }
    }

    /// Puts what was written on the disk and gives the file its name.
    public func finish() throws(ExportError) {
        guard fsync(descriptor) == 0, rename(partial, path) == 0 else { throw failure }
    }

    /// Finds the last whole row, cuts off what stands behind it, and puts the writing place there.
    private func findEnd(_ format: TextFormat) throws(ExportError) {
        var ends = RowEnds(quotesHoldLineBreaks: format == .csv)
        var block = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &block, block.count)
            guard count >= 0 else { throw failure }
            if count == 0 { break }
            block.withUnsafeBufferPointer { ends.look(at: UnsafeBufferPointer(rebasing: $0[..<count])) }
        }
        let heading = format == .csv ? ExportTable.samples.columns.map(\.name).joined(separator: ",") + "\r\n" : ""
        if ends.last > 0 {
            guard bytes(in: 0..<heading.utf8.count) == Array(heading.utf8) else { throw foreign }
            if ends.last > heading.utf8.count {
                let start = bytes(in: ends.lastButOne..<min(ends.last, ends.lastButOne + 40))
                guard let position = Self.position(start, format) else { throw foreign }
                lastPosition = position
            }
        }
        // A heading alone is written anew.
        let end = lastPosition == nil ? 0 : ends.last
        guard ftruncate(descriptor, off_t(end)) == 0, lseek(descriptor, off_t(end), SEEK_SET) == end else {
            throw failure
        }
    }

    /// What a row begins with: `17,` or `{"position":17,`.
    private static func position(_ row: [UInt8], _ format: TextFormat) -> Position? {
        let opening = format == .csv ? "" : #"{"position":"#
        guard row.starts(with: opening.utf8) else { return nil }
        let digits = row.dropFirst(opening.utf8.count).prefix { $0 != UInt8(ascii: ",") }
        return Position(String(decoding: digits, as: UTF8.self))
    }

    private func bytes(in range: Range<Int>) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = pread(descriptor, &bytes, bytes.count, off_t(range.lowerBound))
        return Array(bytes.prefix(max(0, count)))
    }

    private var failure: ExportError { .file(path, reason: String(cString: strerror(errno))) }

    private var foreign: ExportError {
        .file(
            path,
            reason:
                "\(partial) is no export of samples in this format and with these columns. Remove it, or choose another name"
        )
    }
}

/// Where the rows of a text end, which is looked at a block after another.
private struct RowEnds {
    /// Whether a line break inside of quotes belongs to a row: a quote that is doubled opens and closes twice.
    let quotesHoldLineBreaks: Bool
    private(set) var last = 0
    private(set) var lastButOne = 0
    private var isQuoted = false
    private var place = 0

    init(quotesHoldLineBreaks: Bool) { self.quotesHoldLineBreaks = quotesHoldLineBreaks }

    mutating func look(at block: UnsafeBufferPointer<UInt8>) {
        for byte in block {
            place += 1
            if byte == UInt8(ascii: "\""), quotesHoldLineBreaks { isQuoted.toggle() }
            if byte == UInt8(ascii: "\n"), !isQuoted { (lastButOne, last) = (last, place) }
        }
    }
}
