import CCurl
import Synchronization

/// libcurl's multi handle: the connections, and what moves on them.
///
/// On Linux libcurl is told of each socket that has something (multi_socket): asking all of them after each wake, as
/// `curl_multi_perform` does, came to 5 times the CPU per chunk at 64 streams. Elsewhere `curl_multi_poll` does.
///
/// `@unchecked Sendable`: `wake()` may be called from any thread, and its lock keeps it from what `close()` has closed;
/// everything else is called by the loop's thread alone.
final class MultiHandle: @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer
    private let isOpen = Mutex(true)
    #if os(Linux)
    private let watcher = SocketWatcher()
    /// When libcurl wants to be called again whatever the sockets do.
    private var timer: Int64?
    private var stamps = KernelStamps()
    /// Whose answer each socket brings, by the socket's number.
    private var readers: [Transfer?] = []
    private var pause = ReadingPause()
    #endif
    private var lag = LoopLag()
    /// When the sockets were looked at last.
    private var lastLook: Int64?

    /// Longest wait when nothing happens; a bound on what a lost wake-up could cost.
    private static let longestWait: Int64 = 1000

    init(connections: Int) {
        _ = MultiHandle.library
        guard let pointer = curl_multi_init() else {
            preconditionFailure("libcurl could not make a multi handle: out of memory")
        }
        self.pointer = pointer
        check(flperf_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, connections), doing: "set the size of the pool")
        check(
            flperf_multi_set_long(pointer, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING)),
            doing: "forbid sharing connections")
        #if os(Linux)
        let context = Unmanaged.passUnretained(self).toOpaque()
        let onSocket: curl_socket_callback = { easy, socket, what, context, known in
            MultiHandle.from(context).watch(socket, what, of: easy, isKnown: known != nil)
            return 0
        }
        let onTimer: curl_multi_timer_callback = { _, milliseconds, context in
            MultiHandle.from(context).timer =
                milliseconds < 0 ? nil : MonotonicTime.now().addingClamped(Int64(milliseconds) * 1_000_000)
            return 0
        }
        check(flperf_multi_set_socket(pointer, onSocket, context), doing: "set the watcher of its sockets")
        check(flperf_multi_set_timer(pointer, onTimer, context), doing: "set its timer")
        #endif
    }

    func add(_ easy: borrowing EasyHandle) {
        check(curl_multi_add_handle(pointer, easy.pointer), doing: "start a transfer")
    }

    func remove(_ easy: borrowing EasyHandle) {
        check(curl_multi_remove_handle(pointer, easy.pointer), doing: "end a transfer")
    }

    /// The next transfer that has ended by itself, and how.
    func nextEnded() -> (Transfer, CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE,
                let transfer = EasyHandle.transfer(of: message.pointee.easy_handle)
            else { continue }
            return (transfer, flperf_message_result(message))
        }
        return nil
    }

    /// Moves what is due by time: new transfers, and libcurl's own timeouts.
    func performDue() {
        #if os(Linux)
        while let due = timer, due <= MonotonicTime.now() {
            timer = nil
            check(flperf_multi_timer_is_due(pointer), doing: "go on with its timers")
        }
        #else
        var running: Int32 = 0
        check(curl_multi_perform(pointer, &running), doing: "go on with the transfers")
        #endif
    }

    /// Waits for the network, for `wake()`, or until that instant of the monotonic clock, and moves what the network has.
    /// Gives false when `wake()` was surely not called.
    @discardableResult
    func wait(until deadline: Int64?) -> Bool {
        #if os(Linux)
        if let length = pause.length { watcher.rest(nanoseconds: length) }
        #endif
        let asked = MonotonicTime.now()
        if let lastLook { lag.add(asked - lastLook, until: asked) }
        #if os(Linux)
        let limit = milliseconds(from: asked, until: min(deadline ?? .max, timer ?? .max))
        let count = watcher.wait(milliseconds: limit)
        pause.begin(finding: count)
        lastLook = MonotonicTime.now()
        return watcher.each(of: count) { socket, flags in
            let reader =
                flags & CURL_CSELECT_IN != 0 && readers.indices.contains(Int(socket)) ? readers[Int(socket)] : nil
            if let reader {
                // A look at a socket that has failed would take the error with it, and libcurl would see an orderly end.
                let isStamped = reader.readsPlainText && flags & CURL_CSELECT_ERR == 0
                let waiting = isStamped ? stamps.waiting(in: socket) : nil
                pause.saw(gap: waiting.map(reader.gap))
                reader.beginRead(waiting)
            } else {
                pause.saw(gap: nil)
            }
            var running: Int32 = 0
            check(curl_multi_socket_action(pointer, socket, flags, &running), doing: "go on with a transfer")
            reader?.endRead()
        }
        #else
        let limit = milliseconds(from: asked, until: deadline ?? .max)
        check(curl_multi_poll(pointer, nil, 0, limit, nil), doing: "wait for the network")
        lastLook = MonotonicTime.now()
        return true
        #endif
    }

    /// The longest time, in nanoseconds, in which the sockets were not looked at between two instants, the later one now.
    func longestLag(since start: Int64, until now: Int64) -> Int64 {
        max(lag.longest(since: start), lastLook.map { now - max($0, start) } ?? 0)
    }

    /// Ends `wait`, from any thread; does nothing after `close`.
    func wake() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            #if os(Linux)
            watcher.wake()
            #else
            check(curl_multi_wakeup(pointer), doing: "wake the loop")
            #endif
        }
    }

    /// Closes the connections. No transfer may be left inside.
    func close() {
        isOpen.withLock { $0 = false }
        check(curl_multi_cleanup(pointer), doing: "close the connections")
        #if os(Linux)
        watcher.close()
        #endif
    }

    private func milliseconds(from now: Int64, until deadline: Int64) -> Int32 {
        // Rounded up: waking early only to wait again would cost more than it gives.
        let left = deadline.addingClamped(999_999).subtractingReportingOverflow(now).partialValue / 1_000_000
        return Int32(min(max(0, left), Self.longestWait))
    }

    private func check(_ code: CURLMcode, doing what: StaticString) {
        precondition(code == CURLM_OK, "libcurl could not \(what): \(String(cString: curl_multi_strerror(code)))")
    }

    /// libcurl's own start, once per process.
    private static let library: Void = {
        let code = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        precondition(code == CURLE_OK, "libcurl could not start: \(String(cString: curl_easy_strerror(code)))")
    }()

    #if os(Linux)
    private func watch(_ socket: curl_socket_t, _ what: Int32, of easy: UnsafeMutableRawPointer?, isKnown: Bool) {
        guard what != CURL_POLL_REMOVE else {
            setReader(nil, of: socket)
            return watcher.forget(socket)
        }
        let transfer = EasyHandle.transfer(of: easy)
        if let transfer, transfer.readsPlainText, !isKnown { KernelStamps.ask(for: socket) }
        setReader(transfer, of: socket)
        watcher.watch(
            socket, reading: what & CURL_POLL_IN != 0, writing: what & CURL_POLL_OUT != 0, isKnown: isKnown)
        // Any pointer but null marks the socket as one that is being watched.
        if !isKnown { check(curl_multi_assign(pointer, socket, pointer), doing: "mark a socket") }
    }

    private func setReader(_ transfer: Transfer?, of socket: curl_socket_t) {
        let missing = Int(socket) + 1 - readers.count
        if missing > 0 { readers += repeatElement(nil, count: missing) }
        pause.reads(transfer?.readsPlainText, insteadOf: readers[Int(socket)]?.readsPlainText)
        readers[Int(socket)] = transfer
    }

    /// The handle whose address was set as callback data; libcurl calls back only inside calls on this handle.
    private static func from(_ context: UnsafeMutableRawPointer?) -> MultiHandle {
        Unmanaged<MultiHandle>.fromOpaque(context!).takeUnretainedValue()
    }
    #endif
}
