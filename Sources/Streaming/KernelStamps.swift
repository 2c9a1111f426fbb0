#if os(Linux)
import CCurl
import CSocket
import Glibc

/// When the bytes that wait in a socket came, whatever the client was busy with since: the kernel's own stamp.
///
/// Source: SO_TIMESTAMPNS, taken when the packet came up from the network. Segments that wait together are merged and keep
/// the stamp of the last one.
struct KernelStamps: ~Copyable {
    private var wallClock = WallClock()
    /// A socket that nobody uses. The kernel begins to stamp some time after the first socket of the machine asks, and ends
    /// with the last one: this one asks long before the first answer and as long as there may be another.
    private let keeper = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)

    init() {
        Self.ask(for: keeper)
    }

    deinit {
        if keeper >= 0 { close(keeper) }
    }

    /// Asks for stamps on this socket. A socket that refuses gives none, and the client's own stamps serve.
    static func ask(for socket: Int32) {
        _ = csocket_stamp_arrivals(socket)
    }

    /// What libcurl's next read of the socket will find; nil when nothing waits or it bears no stamp that can be trusted.
    mutating func waiting(in socket: Int32) -> WaitingBytes? {
        var stamp: Int64 = 0
        let count = csocket_waiting(socket, Int(CURL_MAX_WRITE_SIZE), &stamp)
        guard count > 0, stamp > 0 else { return nil }
        // The clocks are compared after the look: a clock that was set before it is noticed here.
        var wall = timespec()
        let before = MonotonicTime.now()
        clock_gettime(CLOCK_REALTIME, &wall)
        let now = MonotonicTime.now()
        wallClock.take(Int64(wall.tv_sec) * 1_000_000_000 + Int64(wall.tv_nsec), between: before, and: now)
        return wallClock.monotonic(stamp).map { WaitingBytes(count: count, arrived: $0, found: now) }
    }
}
#endif

/// Bytes that waited in a socket just before it was read.
struct WaitingBytes {
    /// How many; what is read beyond them came later.
    var count: Int
    /// When the last of them came: nanoseconds on CLOCK_MONOTONIC.
    let arrived: Int64
    /// When they were found there.
    let found: Int64
}
