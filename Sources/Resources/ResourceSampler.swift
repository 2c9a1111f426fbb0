#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads what the host and one process on it are doing; keeps the reading before, since most counters only grow.
///
/// One reading takes a quarter of a millisecond on a small host (`flperf bench resources`), apart from a look over all
/// processes every two seconds or more when one is watched. It blocks on nothing but the kernel and the graphics driver.
public struct ResourceSampler: Sendable {
    /// What can't be read here and why, such as `gpu: libnvidia-ml.so.1 not found`; known when the sampler is made.
    public let unavailable: [String]

    private let root: String
    private let process: Int32?
    private let graphics: Graphics
    private let disk: DiskTraffic?
    private let network: NetworkTraffic?
    private let throttling: ProcessorThrottling?
    private let controlGroup: ControlGroup?
    private var energy: PackageEnergy?
    private var processors: ProcessorTable?
    private var own: (spent: Duration, at: ContinuousClock.Instant)?
    private var members: [ProcessStatus] = []
    private var membersReadAt: ContinuousClock.Instant?
    /// When the list of the process's descendants is looked up again.
    private var nextTreeAt: ContinuousClock.Instant?

    /// Shortest time between two looks for the process's descendants among all processes of the host.
    static let treeLifetime = Duration.seconds(2)
    /// Where there are many processes a look takes long: the next one waits for so many times that, so that they take no more
    /// than 0.25 % of a core.
    static let treeCostFactor = 400

    /// Watches the host, and a process with all that descend from it when one is given.
    public init(process: Int32? = nil) {
        self.init(process: process, root: "")
    }

    /// `root` stands before `/proc` and `/sys`, for the host's part.
    init(process: Int32?, root: String, nvml: Result<NVML, Unavailable> = NVML.shared) {
        self.root = root
        self.process = process
        var unavailable: [String] = []
        func known<Source>(_ what: String, _ result: Result<Source, Unavailable>) -> Source? {
            switch result {
            case .success(let source): return source
            case .failure(let missing):
                unavailable.append("\(what): \(missing.reason)")
                return nil
            }
        }
        #if os(Linux)
        for (what, path) in [("cpu", "/proc/stat"), ("memory, swap", "/proc/meminfo")] {
            do { _ = try PlainFile.contents(root + path) } catch { unavailable.append("\(what): \(error)") }
        }
        disk = known("disk", DiskTraffic.open(root: root))
        network = known("network", NetworkTraffic.open(root: root))
        throttling = known("cpu throttling", ProcessorThrottling.open(root: root))
        controlGroup = process.flatMap { known("control group", ControlGroup.open(of: $0)) }
        if let process, ProcessStatus.read(process) == nil {
            unavailable.append("process: no process \(process) on this host")
        }
        #else
        (disk, network, throttling, controlGroup) = (nil, nil, nil, nil)
        unavailable += [
            "cpu, memory, swap, disk, network, cpu throttling, process: read from /proc and /sys, which only Linux has"
        ]
        #endif
        graphics = Graphics.open(root: root, nvml: nvml)
        unavailable += graphics.unavailable
        energy = known("energy", PackageEnergy.open(folder: "\(root)/sys/class/powercap"))
        self.unavailable = unavailable
    }

    /// Reads everything now. Rates cover the time since the reading before and are nil on the first.
    public mutating func read() -> ResourceReading {
        var reading = ResourceReading()
        readProcessors(into: &reading)
        if let memory = PlainFile.text("\(root)/proc/meminfo").flatMap(MemoryUse.init(parsing:)) {
            reading.memoryUsedBytes = memory.used
            reading.memoryUsedPercent = memory.usedPercent
            reading.swapUsedBytes = memory.swapUsed
        }
        reading.disk = disk?.read()
        reading.network = network?.read()
        if let process { readTree(of: process, into: &reading) }
        reading.controlGroup = controlGroup?.read()
        readOwn(into: &reading)
        reading.processorThrottles = throttling?.read()
        reading.gpus = graphics.readings()
        reading.packageEnergyJoules = energy?.read()
        return reading
    }

    private mutating func readOwn(into reading: inout ResourceReading) {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        let spent = Duration.seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        let now = ContinuousClock.now
        if let own, now > own.at { reading.ownPercent = (spent - own.spent) / (now - own.at) * 100 }
        own = (spent, now)
    }

    private mutating func readProcessors(into reading: inout ResourceReading) {
        guard let now = PlainFile.text("\(root)/proc/stat").flatMap(ProcessorTable.init(parsing:)) else { return }
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
        if let nextTreeAt, now < nextTreeAt {
            members = before.compactMap { member in
                ProcessStatus.read(member.id).flatMap { $0.started == member.started ? $0 : nil }
            }
        } else {
            members = ProcessStatus.tree(of: root)
            nextTreeAt = now + max(Self.treeLifetime, (ContinuousClock.now - now) * Self.treeCostFactor)
        }
        if let membersReadAt, !members.isEmpty {
            let seconds = (now - membersReadAt) / .seconds(1)
            let ticks = Self.ticks(spentBy: members, since: before)
            reading.processPercent = Double(ticks) / Self.ticksPerSecond / seconds * 100
        }
        reading.processMemoryBytes =
            members.isEmpty ? nil : members.reduce(0) { $0 + $1.residentPages } * Self.pageSize
        reading.processThreads = members.isEmpty ? nil : members.reduce(0) { $0 + $1.threads }
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
