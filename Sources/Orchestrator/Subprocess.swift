import Foundation
import Synchronization

/// Runs a program for what it prints, and no longer than a limit.
///
/// Not `Foundation.Process`: on Linux that takes a program for running as long as any of its children runs, so a
/// service that the program leaves behind would hold up its caller.
enum Subprocess {
    /// Most bytes of output that are kept.
    static let outputLimit = 1 << 20
    /// How often a program that is busy is tried, 10 ms apart.
    static let startLimit = 50

    /// What came of a program.
    struct Result: Sendable {
        /// What it printed, its first megabyte at most.
        var output: String
        /// Its exit status; nil when it was ended before, by the limit, by the caller or by a signal.
        var status: Int32?
    }

    /// Where a program lies; nil when it is in no folder of `PATH`.
    static func program(_ name: String, in environment: [String: String]) -> String? {
        (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// What the program printed on stdout; nil when it could not be started.
    ///
    /// Whatever came before the limit is given, and the program is killed then. Its exit status does not matter.
    static func output(of program: String, _ arguments: [String], limit: Duration) async -> String? {
        await run(program, arguments, limit: limit)?.output
    }

    /// Runs the program until its end, the limit, or until the task is cancelled, and kills it then.
    ///
    /// - Parameters:
    ///   - errors: whether what it prints on stderr counts as well.
    ///   - watch: is handed what it prints as it comes, on a thread of its own.
    /// - Returns: nil when it could not be started.
    static func run(
        _ program: String, _ arguments: [String], limit: Duration, errors: Bool = false,
        watch: (@Sendable ([UInt8]) -> Void)? = nil
    ) async -> Result? {
        let isCancelled = CancelFlag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A thread of its own, since waiting for a pipe blocks.
                Thread.detachNewThread {
                    let run = Run(program: program, arguments: arguments, errors: errors, watch: watch)
                    continuation.resume(returning: run.result(until: .now + limit) { isCancelled.value })
                }
            }
        } onCancel: {
            isCancelled.set()
        }
    }

    /// - Parameter output: where stdout, and stderr if `errors`, goes; nil for nowhere.
    static func start(
        _ program: String, _ arguments: [String], environment: [String: String], output: Int32?, errors: Bool = false,
        detached: Bool = false
    ) -> pid_t? {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, 1)
            if errors { posix_spawn_file_actions_adddup2(&actions, output, 2) }
        }
        // Whatever this process, or the thread that happens to run this, does with signals: the program begins as from a
        // shell. Left blocked, it could not be ended but by force.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if detached { flags |= POSIX_SPAWN_SETPGROUP }
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var settings = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (words + settings).forEach { free($0) } }
        var process: pid_t = 0
        var code: Int32 = 0
        for _ in 0..<startLimit {
            code = posix_spawn(&process, program, &actions, &attributes, &words, &settings)
            // A program that was written a moment ago is busy while a child just forked still has it open.
            guard code == ETXTBSY else { break }
            usleep(10_000)
        }
        return code == 0 ? process : nil
    }

    /// What a program gave to `exit`; nil when a signal ended it. The macros of `sys/wait.h` are not imported.
    static func exitStatus(_ raw: Int32) -> Int32? {
        raw & 0x7F == 0 ? raw >> 8 & 0xFF : nil
    }
}

/// Whether somebody called it off.
private final class CancelFlag: Sendable {
    private let flag = Mutex(false)
    var value: Bool { flag.withLock { $0 } }
    func set() { flag.withLock { $0 = true } }
}

/// One program, on a thread that waits for it.
private struct Run {
    var program: String
    var arguments: [String]
    var errors: Bool
    var watch: (@Sendable ([UInt8]) -> Void)?

    func result(until deadline: ContinuousClock.Instant, cancelled: () -> Bool) -> Subprocess.Result? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        // Another program that is started meanwhile must not inherit the pipe.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let environment = ProcessInfo.processInfo.environment
        let process = Subprocess.start(program, arguments, environment: environment, output: writing, errors: errors)
        close(writing)
        guard let process else { return nil }
        var hasEnded = false
        var raw: Int32 = 0
        let output = read(reading, until: { cancelled() || ContinuousClock.now >= deadline }) {
            hasEnded = hasEnded || waitpid(process, &raw, WNOHANG) == process
            return hasEnded
        }
        var status = Subprocess.exitStatus(raw)
        if !hasEnded {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
            status = nil
        }
        return Subprocess.Result(output: String(decoding: output, as: UTF8.self), status: status)
    }

    /// Reads until the end of the pipe, the end of the program or the deadline. The end of the pipe may come long after
    /// the program's, when a service that it started holds the pipe open.
    private func read(_ file: Int32, until isOver: () -> Bool, orWhen ended: () -> Bool) -> [UInt8] {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !isOver() {
            let hadEnded = ended()
            var request = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, hadEnded ? 0 : 20)
            if ready == 0 && hadEnded { break }
            guard ready > 0 else { continue }
            let count = Foundation.read(file, &chunk, chunk.count)
            if count <= 0 { break }
            watch?(Array(chunk[..<count]))
            output += chunk[..<min(count, Subprocess.outputLimit - output.count)]
        }
        // A program that closed its output has most often ended as well; it is given until the deadline.
        while !ended(), !isOver() { usleep(2000) }
        return output
    }
}
