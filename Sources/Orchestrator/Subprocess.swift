import Foundation

/// Runs a program for what it prints, and no longer than a limit.
///
/// Not `Foundation.Process`: on Linux that takes a program for running as long as any of its children runs, so a
/// service that the program leaves behind would hold up its caller.
enum Subprocess {
    /// Most bytes of output that are kept.
    static let outputLimit = 1 << 20
    /// How often a program that is busy is tried, 10 ms apart.
    static let startLimit = 50

    /// What the program printed on stdout; nil when it could not be started.
    ///
    /// Whatever came before the limit is given, and the program is killed then. Its exit status does not matter.
    static func output(of program: String, _ arguments: [String], limit: Duration) async -> String? {
        await withCheckedContinuation { continuation in
            // A thread of its own, since waiting for a pipe blocks.
            Thread.detachNewThread {
                continuation.resume(returning: run(program, arguments, limit: limit))
            }
        }
    }

    private static func run(_ program: String, _ arguments: [String], limit: Duration) -> String? {
        let deadline = ContinuousClock.now + limit
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        // Another program that is started meanwhile must not inherit the pipe.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let process = start(program, arguments, stdout: writing)
        close(writing)
        guard let process else { return nil }
        var hasEnded = false
        let output = read(reading, until: deadline) {
            hasEnded = hasEnded || waitpid(process, nil, WNOHANG) == process
            return hasEnded
        }
        if !hasEnded {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func start(_ program: String, _ arguments: [String], stdout: Int32) -> pid_t? {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)

        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var environment = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (words + environment).forEach { free($0) } }
        var process: pid_t = 0
        var code: Int32 = 0
        for _ in 0..<startLimit {
            code = posix_spawn(&process, program, &actions, nil, &words, &environment)
            // A program that was written a moment ago is busy while a child just forked still has it open.
            guard code == ETXTBSY else { break }
            usleep(10_000)
        }
        return code == 0 ? process : nil
    }

    /// Reads until the end of the pipe, the end of the program or the deadline. The end of the pipe may come long after
    /// the program's, when a service that it started holds the pipe open.
    private static func read(_ file: Int32, until deadline: ContinuousClock.Instant, orWhen ended: () -> Bool)
        -> [UInt8]
    {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while output.count < outputLimit, ContinuousClock.now < deadline {
            let hadEnded = ended()
            var request = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, hadEnded ? 0 : 20)
            if ready == 0 && hadEnded { break }
            guard ready > 0 else { continue }
            let count = Foundation.read(file, &chunk, chunk.count)
            if count <= 0 { break }
            output += chunk[..<count]
        }
        // A program that closed its output has most often ended as well; it is given until the deadline.
        while !ended(), ContinuousClock.now < deadline { usleep(2000) }
        return output
    }
}
