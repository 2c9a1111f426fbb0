import Foundation

/// When processes of this host were started.
public enum ProcessStart {
    /// When a process was started.
    ///
    /// - Unit: nanoseconds since the epoch, UTC; to a second, as the kernel tells when it started itself.
    /// - Shape: nil when the process is gone, and on systems without `/proc`.
    /// - Source: `btime` of `/proc/stat` and field 22 of `/proc/<pid>/stat`, in clock ticks.
    public static func unixNanoseconds(of process: Int32) -> Int64? {
        guard let status = ProcessStatus.read(process),
            let line = PlainFile.text("/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let boot = Int64(line.dropFirst(6))
        else { return nil }
        let ticksPerSecond = Int64(sysconf(Int32(_SC_CLK_TCK)))
        guard ticksPerSecond > 0 else { return nil }
        return boot * 1_000_000_000 + Int64(clamping: status.started) * (1_000_000_000 / ticksPerSecond)
    }
}
