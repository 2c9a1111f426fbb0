import Foundation

/// Other programs, run to be measured beside ours.
enum Program {
    /// Starts a process that can be ended by signals: the threads of Dispatch block them all, and a child inherits that.
    static func start(_ process: Process) throws {
        do {
            try withSignals { try process.run() }
        } catch {
            throw Failure(
                .failed, "Could not run \(process.executableURL?.path ?? "a program"): \(error.localizedDescription)")
        }
    }

    /// Does something while this thread blocks no signal.
    static func withSignals<Result>(_ body: () throws -> Result) rethrows -> Result {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return try body()
    }

    /// What a program prints on standard output; its standard error goes to ours.
    static func output(of path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = pipe
        try start(process)
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(
                .failed, "\(path) \(arguments.joined(separator: " ")) ended with status \(process.terminationStatus).")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// A port of loopback that nobody listened on a moment ago.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int? in
                guard bind(descriptor, pointer, length) == 0, getsockname(descriptor, pointer, &length) == 0 else {
                    return nil
                }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            }
        }
        guard let port else {
            throw Failure(.failed, "No free port could be had: \(String(cString: strerror(errno))).")
        }
        return port
    }
}
