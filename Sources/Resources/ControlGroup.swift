/// The control group (cgroup) of a process: the limits that a container, a service or a batch system sets it.
///
/// Limits hold for all groups below the one that has them, so the tightest on the way up to the root is the one that counts.
/// Both versions are read, also mixed: a controller of version 1 where one is mounted, else that of version 2.
///
/// - Source: `/proc/<pid>/cgroup`, `/proc/self/mountinfo` (proc(5)); the files of Documentation/admin-guide/cgroup-v2.rst
///   and cgroup-v1. The limits are read when it is opened.
struct ControlGroup: Sendable {
    /// Processors' worth of time; nil when it is not limited.
    let cpuLimit: Double?
    /// Bytes; nil when it is not limited.
    let memoryLimit: UInt64?
    private let statistics: String?
    private let memoryUsed: String?

    /// Finds a process's group, or says why there is none. `root` stands before `/proc` and the mounts; empty but for tests.
    static func open(of process: Int32, root: String = "") -> Result<ControlGroup, Unavailable> {
        let path = "\(root)/proc/\(process)/cgroup"
        let memberships: [Membership]
        let mounts: [ControlGroupMount]
        do {
            memberships = try PlainFile.contents(path).split(separator: "\n").compactMap(Membership.init)
            mounts = ControlGroupMount.all(in: try PlainFile.contents("\(root)/proc/self/mountinfo"))
        } catch {
            return .failure(Unavailable(reason: error.description))
        }
        let folders = { (controller: String) -> (folders: [String], isFirstVersion: Bool)? in
            for isFirst in [true, false] {
                guard let mount = mounts.first(where: { $0.carries(isFirst ? controller : nil) }),
                    let member = memberships.first(where: { $0.carries(isFirst ? controller : nil) })
                else { continue }
                return mount.folders(of: member.path).map { ($0.map { root + $0 }, isFirst) }
            }
            return nil
        }
        let (cpu, memory) = (folders("cpu"), folders("memory"))
        guard cpu != nil || memory != nil else {
            return .failure(Unavailable(reason: "the group of process \(process) is not mounted here"))
        }
        return .success(ControlGroup(cpu: cpu, memory: memory))
    }

    private init(cpu: (folders: [String], isFirstVersion: Bool)?, memory: (folders: [String], isFirstVersion: Bool)?) {
        let times = (cpu?.folders ?? []).compactMap { folder in
            Self.cores(in: folder, firstVersion: cpu!.isFirstVersion).map { (limit: $0, folder: folder) }
        }
        let tightest = times.min { $0.limit < $1.limit }
        cpuLimit = tightest?.limit
        statistics = (tightest?.folder ?? cpu?.folders.first).map { "\($0)/cpu.stat" }

        let isFirst = memory?.isFirstVersion ?? false
        let sizes = (memory?.folders ?? []).compactMap { folder in
            PlainFile.number(folder + (isFirst ? "/memory.limit_in_bytes" : "/memory.max"))
                .map { (limit: $0, folder: folder) }
        }
        // Version 1 has no word for no limit but the largest number of pages (PAGE_COUNTER_MAX).
        let smallest = sizes.filter { $0.limit < 1 << 60 }.min { $0.limit < $1.limit }
        memoryLimit = smallest?.limit
        memoryUsed = (smallest?.folder ?? memory?.folders.first)
            .map { $0 + (isFirst ? "/memory.usage_in_bytes" : "/memory.current") }
    }

    func read() -> ResourceReading.ControlGroup {
        var reading = ResourceReading.ControlGroup()
        reading.cpuLimitCores = cpuLimit
        reading.memoryLimitBytes = memoryLimit
        reading.memoryUsedBytes = memoryUsed.flatMap(PlainFile.number)
        reading.throttledNanoseconds = statistics.flatMap(PlainFile.text).flatMap(Self.throttled)
        return reading
    }

    /// The time that a group may use of the processors, from its quota and period in microseconds; nil without a quota.
    private static func cores(in folder: String, firstVersion: Bool) -> Double? {
        let text =
            firstVersion
            ? (PlainFile.word("\(folder)/cpu.cfs_quota_us") ?? "") + " "
                + (PlainFile.word("\(folder)/cpu.cfs_period_us") ?? "")
            : PlainFile.word("\(folder)/cpu.max") ?? ""
        let fields = text.split(separator: " ").map { Double($0) }
        guard fields.count == 2, let quota = fields[0], let period = fields[1], quota > 0, period > 0 else {
            return nil
        }
        return quota / period
    }

    /// The throttled time of a `cpu.stat`: `throttled_time` in nanoseconds (version 1) or `throttled_usec` (version 2).
    static func throttled(_ statistics: String) -> UInt64? {
        for line in statistics.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 2, let value = UInt64(fields[1]) else { continue }
            if fields[0] == "throttled_time" { return value }
            if fields[0] == "throttled_usec" { return value &* 1000 }
        }
        return nil
    }

    /// One line of `/proc/<pid>/cgroup`: `4:memory:/path`, or `0::/path` for version 2.
    private struct Membership {
        var controllers: [Substring]
        var path: String

        init?(_ line: Substring) {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return nil }
            controllers = fields[1].split(separator: ",")
            path = String(fields[2])
        }

        func carries(_ controller: String?) -> Bool {
            controller.map { controllers.contains($0[...]) } ?? controllers.isEmpty
        }
    }
}

/// Where a hierarchy of control groups is mounted.
struct ControlGroupMount: Equatable {
    /// The group that the mount point shows: not the root inside a container.
    var group: String
    var point: String
    /// Of version 1; empty for version 2.
    var controllers: [String]

    static func all(in mountinfo: String) -> [ControlGroupMount] {
        mountinfo.split(separator: "\n").compactMap(ControlGroupMount.init)
    }

    /// Reads a line such as `35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory`.
    private init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count, dash > 4 else { return nil }
        switch fields[dash + 1] {
        case "cgroup2": controllers = []
        case "cgroup": controllers = fields[dash + 3].split(separator: ",").map(String.init)
        default: return nil
        }
        group = String(fields[3])
        point = String(fields[4])
    }

    /// Whether this is version 1's hierarchy of a controller, or version 2's for nil.
    func carries(_ controller: String?) -> Bool {
        controller.map { controllers.contains($0) } ?? controllers.isEmpty
    }

    /// The folders of a group and of all above it, its own first; nil when the mount does not show it.
    func folders(of path: String) -> [String]? {
        // A path that climbs out of the reader's own view belongs to a group outside of it.
        guard !path.hasPrefix("/..") else { return nil }
        var rest = path[...]
        if group != "/" {
            guard path == group || path.hasPrefix(group + "/") else { return nil }
            rest = path.dropFirst(group.count)
        }
        let names = rest.split(separator: "/")
        return (0...names.count).reversed().map { ([point] + names.prefix($0).map(String.init)).joined(separator: "/") }
    }
}
