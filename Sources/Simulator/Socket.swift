import Foundation

/// The few socket calls that the simulator makes, the same on Linux and macOS. All sockets are non-blocking.
enum Socket {
    /// What a read or write came to.
    enum Result: Equatable {
        case bytes(Int)
        case wouldBlock
        case closed
    }

    /// A listening socket on that address, and the port that it got.
    static func listen(host: String, port: Int) throws(SimulatorError) -> (socket: Int32, port: Int) {
        func failure(_ reason: String) -> SimulatorError { .cannotListen(host: host, port: port, reason: reason) }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = streamType
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        guard code == 0, let address = found else { throw failure(String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(found) }

        let descriptor = socket(address.pointee.ai_family, streamType, 0)
        guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
            Foundation.listen(descriptor, 4096) == 0
        else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw failure(reason)
        }
        unblock(descriptor)
        return (descriptor, port == 0 ? boundPort(of: descriptor) : port)
    }

    /// The next waiting connection; nil when there is none.
    static func accept(from listener: Int32) -> Int32? {
        let descriptor = Foundation.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        unblock(descriptor)
        var on: Int32 = 1
        // Without it the kernel holds a small chunk back until the one before is acknowledged.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        #if canImport(Darwin)
        setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
        #endif
        return descriptor
    }

    /// Appends what has come.
    static func read(_ descriptor: Int32, into bytes: inout [UInt8]) -> Result {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
            let count = recv(descriptor, buffer.baseAddress!, buffer.count, 0)
            if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
            return result(count)
        }
    }

    /// Writes as much as the kernel takes. Never raises SIGPIPE.
    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Result {
        #if canImport(Darwin)
        let flags: Int32 = 0
        #else
        let flags = Int32(MSG_NOSIGNAL)
        #endif
        return bytes.withUnsafeBytes { result(send(descriptor, $0.baseAddress, $0.count, flags)) }
    }

    private static func result(_ count: Int) -> Result {
        if count > 0 { return .bytes(count) }
        return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? .wouldBlock : .closed
    }

    static func unblock(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private static func boundPort(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
            // The port stands at the same place in both families' addresses.
            return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
        }
    }

    private static var streamType: Int32 {
        #if canImport(Darwin)
        SOCK_STREAM
        #else
        Int32(SOCK_STREAM.rawValue)
        #endif
    }
}
