#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads what the host and one process on it are doing; keeps the reading before, since most counters only grow.
///
/// One reading takes well under a millisecond on a small host, apart from a look over all processes every two seconds
/// when one is watched. It blocks on nothing but the kernel and the graphics driver.
public struct ResourceSampler: Sendable {
    /// What can't be read here and why, such as `gpu: libnvidia-ml.so.1 not found`; known when the sampler is made.
    public let unavailable: [String]

    private let process: Int32?
    private let nvml: NVML?
    private var energy: PackageEnergy?
    private var processors: ProcessorTable?
    private var members: [ProcessStatus] = []
    private var membersReadAt: ContinuousClock.Instant?
    private var treeReadAt: ContinuousClock.Instant?

    /// How long the list of a process's descendants serves before it is looked up again.
    static let treeLifetime = Duration.seconds(2)

    /// Watches the host, and a process with all that descend from it when one is given.
    public init(process: Int32? = nil) {
        self.process = process
        var unavailable: [String] = []
        #if os(Linux)
        for (what, path) in [("cpu", "/proc/stat"), ("memory", "/proc/meminfo")] {
            do { _ = try PlainFile.contents(path) } catch { unavailable.append("\(what): \(error)") }
        }
        if let process, ProcessStatus.read(process) == nil {
            unavailable.append("process: no process \(process) on this host")
        }
        #else
        unavailable += ["cpu, memory, process: read from /proc, which only Linux has"]
        #endif
        switch NVML.shared {
        case .success(let nvml): self.nvml = nvml
        case .failure(let missing):
            nvml = nil
            unavailable.append("gpu: \(missing.reason)")
        }
        switch PackageEnergy.open() {
        case .success(let energy): self.energy = energy
        case .failure(let missing): unavailable.append("energy: \(missing.reason)")
        }
        self.unavailable = unavailable
    }

    /// Reads everything now. Rates cover the time since the reading before and are nil on the first.
    public mutating func read() -> ResourceReading {
        var reading = ResourceReading()
        readProcessors(into: &reading)
        if let memory = PlainFile.text("/proc/meminfo").flatMap(MemoryUse.init(parsing:)) {
            reading.memoryUsedBytes = memory.used
            reading.memoryUsedPercent = memory.usedPercent
            reading.swapUsedBytes = memory.swapUsed
        }
        if let process { readTree(of: process, into: &reading) }
        reading.gpus = nvml?.readings() ?? []
        reading.packageEnergyJoules = energy?.read()
        return reading
    }

    private mutating func readProcessors(into reading: inout ResourceReading) {
        guard let now = PlainFile.text("/proc/stat").flatMap(ProcessorTable.init(parsing:)) else { return }
        if let before = processors {
            reading.hostPercent = now.all.busyPercent(since: before.all)
            reading.corePercents = (0..<((now.cores.keys.max() ?? -1) + 1)).map { core in
                guard let then = before.cores[core] else { return nil }
                return now.cores[core]?.busyPercent(since: then)
            }
        }
        processors = now
    }

    private mutating func readTree(of root: Int32, into reading: inout ResourceReading) {
        let now = ContinuousClock.now
        let before = members
        if let treeReadAt, now - treeReadAt < Self.treeLifetime {
            members = before.compactMap { member in
                ProcessStatus.read(member.id).flatMap { $0.started == member.started ? $0 : nil }
            }
        } else {
            members = ProcessStatus.tree(of: root)
            treeReadAt = now
        }
        if let membersReadAt, !members.isEmpty {
            let seconds = (now - membersReadAt) / .seconds(1)
            let ticks = Self.ticks(spentBy: members, since: before)
            reading.processPercent = Double(ticks) / Self.ticksPerSecond / seconds * 100
        }
        reading.processMemoryBytes =
            members.isEmpty ? nil : members.reduce(0) { $0 + $1.residentPages } * Self.pageSize
        membersReadAt = members.isEmpty ? nil : now
    }

    /// The ticks that a tree spent between two readings; a process that is new in it has spent all of its own.
    static func ticks(spentBy members: [ProcessStatus], since before: [ProcessStatus]) -> UInt64 {
        let earlier = Dictionary(before.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return members.reduce(0) { sum, member in
            guard let then = earlier[member.id], then.started == member.started else { return sum + member.ticks }
            return sum + member.ticks - min(then.ticks, member.ticks)
        }
    }

    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    private static let pageSize = UInt64(sysconf(Int32(_SC_PAGESIZE)))
}

/// Why a source of readings is missing on this host.
struct Unavailable: Error, Equatable {
    let reason: String
}
