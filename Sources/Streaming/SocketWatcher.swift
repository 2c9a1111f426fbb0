#if os(Linux)
import CCurl
import CSocket
import Glibc

/// The wait for many sockets: an epoll of our own, and an eventfd that wakes it.
///
/// The place for what only the reader of a socket can do: looking at it before libcurl does.
final class SocketWatcher {
    private let epoll: Int32
    private let waker: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>

    /// Most sockets that one wait reports; the rest are reported by the next.
    private static let eventsPerWait = 256

    init() {
        epoll = Self.check(epoll_create1(Int32(EPOLL_CLOEXEC)), doing: "make an epoll")
        waker = Self.check(eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)), doing: "make an eventfd")
        events = .allocate(capacity: Self.eventsPerWait)
        watch(waker, reading: true, writing: false, isKnown: false)
    }

    deinit {
        events.deallocate()
    }

    func watch(_ socket: Int32, reading: Bool, writing: Bool, isKnown: Bool) {
        var event = epoll_event()
        event.events = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
        event.data.fd = socket
        if isKnown, epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0 { return }
        // A number may come back for another socket: closing one takes it out of the epoll without a word.
        if epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0 { return }
        Self.check(epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event), doing: "watch a socket")
    }

    /// Stops watching. The socket may be closed already; then there is nothing to stop.
    func forget(_ socket: Int32) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
    }

    /// Waits until a socket has something or `wake` was called; gives how many entries `each` has to go through.
    func wait(milliseconds: Int32) -> Int {
        let count = epoll_wait(epoll, events.baseAddress!, Int32(events.count), milliseconds)
        precondition(
            count >= 0 || errno == EINTR, "could not wait for the network: \(String(cString: strerror(errno)))")
        return max(0, Int(count))
    }

    /// Looks at no socket for so long, unless `wake` is called.
    func rest(nanoseconds: Int64) {
        csocket_wait(waker, nanoseconds)
    }

    /// Calls back with each socket that the last wait found and libcurl's flags for it; tells whether `wake` was called.
    func each(of count: Int, _ body: (_ socket: Int32, _ flags: Int32) -> Void) -> Bool {
        var isWoken = false
        for event in events[..<count] {
            if event.data.fd == waker {
                var count: UInt64 = 0
                _ = read(waker, &count, 8)
                isWoken = true
                continue
            }
            var flags: Int32 = 0
            if event.events & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0 { flags |= CURL_CSELECT_IN }
            if event.events & EPOLLOUT.rawValue != 0 { flags |= CURL_CSELECT_OUT }
            if event.events & EPOLLERR.rawValue != 0 { flags |= CURL_CSELECT_ERR }
            body(event.data.fd, flags)
        }
        return isWoken
    }

    /// Ends `wait`, from any thread, until `close`.
    func wake() {
        var one: UInt64 = 1
        _ = write(waker, &one, 8)
    }

    /// Gives the two descriptors back.
    func close() {
        Glibc.close(waker)
        Glibc.close(epoll)
    }

    /// Running out of descriptors or memory for one epoll is nothing a request could be told.
    @discardableResult
    private static func check(_ result: Int32, doing what: StaticString) -> Int32 {
        precondition(result >= 0, "could not \(what): \(String(cString: strerror(errno)))")
        return result
    }
}
#endif
