import Foundation

/// What a program that ran to its end has cost.
struct MeasuredProgram {
    /// What it printed on standard output.
    var output: String
    /// Processor time, user and system, of it and the processes that it waited for, in seconds.
    var processorSeconds: Double
    /// The most memory that it had at once, pages of mapped files included, in bytes; nil where the system does not tell.
    var peakMemory: Int?
    /// The most that was its own: without mapped files, as far as looks at it every 50 ms saw it; nil likewise.
    var peakOwnMemory: Int?

    /// Runs a command line of the shell; its standard error goes to ours.
    ///
    /// - Throws: `Failure` when it can't be started or does not end with status 0.
    static func run(_ command: String, outputIn file: String) throws -> MeasuredProgram {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var process: pid_t = 0
        // The shell makes room for the program, so that both are one process.
        let code = ["/bin/sh", "-c", "exec " + command].withCStrings { arguments in
            Program.withSignals { posix_spawn(&process, arguments[0]!, &actions, nil, arguments, environ) }
        }
        guard code == 0 else {
            throw Failure(.failed, "Could not run '\(command)': \(String(cString: strerror(code))).")
        }
        var (status, usage, peak, ownPeak) = (Int32(0), rusage(), 0, 0)
        while wait4(process, &status, WNOHANG, &usage) == 0 {
            let memory = memory(of: process)
            (peak, ownPeak) = (max(peak, memory.peak), max(ownPeak, memory.own))
            usleep(50_000)
        }
        guard status == 0 else { throw Failure(.failed, "'\(command)' did not end well (status \(status)).") }
        return MeasuredProgram(
            output: (try? String(contentsOfFile: file, encoding: .utf8)) ?? "",
            processorSeconds: Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
            peakMemory: peak > 0 ? peak : nil, peakOwnMemory: ownPeak > 0 ? ownPeak : nil)
    }

    /// VmHWM and RssAnon of /proc; the peak that `wait4` gives is that of this process where it was larger.
    private static func memory(of process: pid_t) -> (peak: Int, own: Int) {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        func bytes(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
            return line.flatMap { Int($0.split(separator: " ").dropLast().last ?? "") }.map { $0 << 10 } ?? 0
        }
        return (bytes("VmHWM:"), bytes("RssAnon:"))
    }
}

extension [String] {
    /// Lends them as C wants arguments: pointers, and a null behind them.
    fileprivate func withCStrings<Result>(_ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
        let copies = map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
