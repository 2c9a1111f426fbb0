import Foundation
import Synchronization

/// A program that a test started. It is killed when nobody holds it any more.
///
/// Not Foundation's `Process`: to close what a program shall not inherit, that lists this process's open files, and copies
/// each entry of the list whole, the last ones beyond the end of their buffer. With some 1,400 files open, as when all
/// tests run at once, it crashes (Swift 6.3, Linux).
public final class ChildProcess: Sendable {
    public let id: pid_t
    private let folder: String
    private let ended = Mutex<Int32?>(nil)

    /// Starts it; `input` stands on its standard input.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = ""
    ) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("flperf-child-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try input.write(toFile: folder + "/0", atomically: false, encoding: .utf8)
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        id = try Self.spawn(program, arguments, all.map { "\($0)=\($1)" }, folder)
    }

    deinit {
        end(SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What it has printed so far.
    public var output: String { (try? String(contentsOfFile: folder + "/1", encoding: .utf8)) ?? "" }

    /// What it has printed on standard error so far.
    public var errors: String { (try? String(contentsOfFile: folder + "/2", encoding: .utf8)) ?? "" }

    /// Its exit status, 128 and the signal's number if one ended it; nil while it runs.
    public var status: Int32? {
        ended.withLock { status in
            var raw: Int32 = 0
            if status == nil, waitpid(id, &raw, WNOHANG) == id {
                status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + raw & 0x7F
            }
            return status
        }
    }

    /// Waits for its end, which blocks the thread, and gives its status.
    @discardableResult
    public func wait() -> Int32 {
        while true {
            if let status { return status }
            var information = siginfo_t()
            // It is left to `status` to take note of the end, so that its number is not another's meanwhile.
            waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT)
        }
    }

    /// Sends it a signal, if it still runs, and waits for its end.
    @discardableResult
    public func end(_ signal: Int32) -> Int32 {
        if status == nil { kill(id, signal) }
        return wait()
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String], _ folder: String
    ) throws -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        let flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_CLOEXEC_DEFAULT)
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        let flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, folder + "/0", O_RDONLY, 0)
        for file in [Int32(1), 2] {
            posix_spawn_file_actions_addopen(&actions, file, "\(folder)/\(file)", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        // As from a shell, whatever the thread that runs this does with signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, flags)

        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var settings = environment.map { strdup($0) } + [nil]
        defer { (words + settings).forEach { free($0) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, program, &actions, &attributes, &words, &settings)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        return id
    }
}
