import Foundation
import Synchronization

/// Data on standard output, everything else on standard error.
enum Console {
    /// The system's number for why standard output can't be written any more; 0 while it can.
    private static let outputFailure = Mutex<Int32>(0)

    /// Whether somebody still takes what is written to standard output.
    static var isRead: Bool { outputFailure.withLock { $0 } == 0 }

    static func out(_ text: String) { out(Array((text + "\n").utf8)) }
    static func error(_ text: String) { write(text + "\n", to: .standardError) }

    /// Writes data. Nothing more is written after a failure, which `checkOutput` reports.
    static func out(_ bytes: [UInt8]) {
        outputFailure.withLock { failure in
            var rest = bytes[...]
            while failure == 0, !rest.isEmpty {
                let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    failure = errno
                }
            }
        }
    }

    /// - Throws: `Failure` when what was written did not arrive. A reader that has seen enough, as `head` has, is none.
    static func checkOutput() throws {
        let failure = outputFailure.withLock { $0 }
        guard failure != 0, failure != EPIPE else { return }
        throw Failure(.failed, "Could not write to standard output: \(String(cString: strerror(failure))).")
    }

    /// A value as JSON, keys sorted.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        out(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// A value as one line of JSON on standard error.
    static func errorLine(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        error(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    private static func write(_ text: String, to handle: FileHandle) { try? handle.write(contentsOf: Data(text.utf8)) }
}
