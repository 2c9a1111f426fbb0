import Foundation

/// Ends a `poll` from another thread.
final class WakePipe: Sendable {
    let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "could not make a pipe: \(String(cString: strerror(errno)))")
        (reading, writing) = (ends[0], ends[1])
        Socket.unblock(reading)
        Socket.unblock(writing)
    }

    deinit {
        close(reading)
        close(writing)
    }

    func wake() {
        var byte: UInt8 = 1
        // A full pipe is awake already.
        _ = write(writing, &byte, 1)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while read(reading, &bytes, bytes.count) > 0 {}
    }
}
