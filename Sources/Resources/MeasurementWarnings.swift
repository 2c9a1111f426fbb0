import Foundation

/// What about this host may spoil a measurement, in sentences for the header of a run and for `doctor`.
public enum MeasurementWarnings {
    /// Looks at the host now; an empty list is good news. Costs a few milliseconds.
    public static func check() -> [String] {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let cpuFolder = "/sys/devices/system/cpu"
        let governors = PlainFile.names(in: cpuFolder)
            .compactMap { PlainFile.text("\(cpuFolder)/\($0)/cpufreq/scaling_governor") }
        let supplies = "/sys/class/power_supply"
        let batteries = PlainFile.names(in: supplies).compactMap { PlainFile.text("\(supplies)/\($0)/status") }
        return [
            governor(governors),
            battery(batteries),
            PlainFile.text("/proc/loadavg").flatMap { load($0, cores: cores) },
            PlainFile.text("/proc/meminfo").flatMap(swap),
            PlainFile.text("/proc/stat").flatMap { stat in
                PlainFile.text("/proc/cpuinfo").flatMap { virtualised(cpuinfo: $0, stat: stat) }
            },
            ownLimit,
            debugBuild,
        ].compactMap(\.self)
    }

    static func governor(_ names: [String]) -> String? {
        let others = Set(names.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }).subtracting(["performance"])
        guard !others.isEmpty else { return nil }
        return "The CPU governor is \(others.sorted().joined(separator: ", ")), not performance: clock speed will vary."
    }

    static func battery(_ states: [String]) -> String? {
        guard states.contains(where: { $0.hasPrefix("Discharging") }) else { return nil }
        return "The machine runs on battery: it may slow down to save power."
    }

    static func load(_ loadavg: String, cores: Int) -> String? {
        guard let field = loadavg.split(separator: " ").first, let load = Double(field), cores > 0,
            load > Double(cores) * 0.5
        else { return nil }
        return "The load average is already \(field) on \(cores) cores: other work will disturb the figures."
    }

    static func swap(_ meminfo: String) -> String? {
        guard let used = MemoryUse(parsing: meminfo)?.swapUsed, used >= 1 << 20 else { return nil }
        return "\(used >> 20) MiB of swap are in use: a model that is paged out is slow."
    }

    /// The `hypervisor` flag (x86) or any stolen time tells a virtual machine.
    static func virtualised(cpuinfo: String, stat: String) -> String? {
        guard let times = ProcessorTable(parsing: stat)?.all, times.total > 0 else { return nil }
        let flags = cpuinfo.split(separator: "\n").first { $0.hasPrefix("flags") }
        let isVirtual = flags?.split(separator: " ").contains("hypervisor") ?? false
        guard isVirtual || times.stolen > 0 else { return nil }
        let share = String(format: "%.2f", Double(times.stolen) / Double(times.total) * 100)
        return "The machine is virtual (\(share) % of its CPU time was stolen since it started): timings may vary."
    }

    private static var ownLimit: String? {
        guard case .success(let group) = ControlGroup.open(of: getpid()) else { return nil }
        return limit(group.cpuLimit, of: "flperf", cores: ProcessorSet.online()?.count)
    }

    static var debugBuild: String? {
        #if DEBUG
        "This is a debug build: its own cost is higher; measure with -c release."
        #else
        nil
        #endif
    }
}
