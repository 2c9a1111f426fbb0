import Foundation
import Streaming

/// One client's connection. It belongs to the reader, or to the pacer while an answer is under way.
final class Connection {
    let descriptor: Int32
    /// Bytes that no request has used yet.
    var input: [UInt8] = []
    /// When the last of them was read.
    var lastRead: Int64 = 0
    /// Whether it is to be closed as soon as the reader has it.
    var isOver = false
    /// Whether its last request is one that never gets an answer.
    var isHung = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Takes what has come and stamps it.
    func read() {
        switch Socket.read(descriptor, into: &input) {
        case .bytes: lastRead = MonotonicTime.now()
        case .wouldBlock: break
        case .closed: isOver = true
        }
        if isHung { input.removeAll() }
    }

    /// Writes a short response. A client that does not even take that is not worth waiting for.
    func write(_ bytes: [UInt8]) {
        if Socket.write(bytes[...], to: descriptor) != .bytes(bytes.count) { isOver = true }
    }
}
