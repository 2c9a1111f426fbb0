/// What the host and the server's process were doing at one moment; every value nil when it could not be read.
public struct ResourceReading: Sendable, Equatable, Codable {
    /// Busy time of all processors together since the reading before.
    ///
    /// - Unit: percent of all cores, 0–100; time stolen by other guests of a virtual machine counts as busy.
    /// - Shape: nil on the first reading.
    /// - Source: `/proc/stat`, 10 ms ticks.
    public var hostPercent: Double?

    /// Busy time of each core since the reading before, by the kernel's number of the core.
    ///
    /// - Unit: percent of one core, 0–100.
    /// - Shape: one per core that exists; empty on the first reading, nil for a core that was offline then or now.
    /// - Source: `/proc/stat`.
    public var corePercents: [Double?] = []

    /// Memory that could not be had without swapping.
    ///
    /// - Unit: bytes.
    /// - Source: `/proc/meminfo`, MemTotal − MemAvailable.
    public var memoryUsedBytes: UInt64?

    /// `memoryUsedBytes` as percent of the whole, 0–100.
    public var memoryUsedPercent: Double?

    /// Swap in use.
    ///
    /// - Unit: bytes; 0 where there is no swap.
    public var swapUsedBytes: UInt64?

    /// Bytes that the host's disks have read and written since it started; see `DiskTraffic`.
    public var disk: Traffic?

    /// Bytes that the host has received from the network and sent to it since it started; see `NetworkTraffic`.
    public var network: Traffic?

    /// Processor time of the watched process and all that descend from it since the reading before.
    ///
    /// - Unit: percent of one core; a process with four busy threads has 400.
    /// - Shape: nil on the first reading, when no process is watched and when it is gone.
    /// - Source: `/proc/<pid>/stat`, 10 ms ticks. What a process spent after the last reading of its life is missing.
    public var processPercent: Double?

    /// Resident memory of the watched process and all that descend from it.
    ///
    /// - Unit: bytes; pages that two of the processes share count twice.
    /// - Source: `/proc/<pid>/stat`.
    public var processMemoryBytes: UInt64?

    /// Threads of the watched process and all that descend from it.
    ///
    /// - Shape: nil when no process is watched and when it is gone.
    /// - Source: `/proc/<pid>/stat`.
    public var processThreads: UInt32?

    /// What the watched process's control group allows it and has used; nil when no process is watched, or it has none.
    public var controlGroup: ControlGroup?

    /// Processor time of this process since the reading before.
    ///
    /// - Unit: percent of one core; all threads of it together.
    /// - Shape: nil on the first reading.
    /// - Source: CLOCK_PROCESS_CPUTIME_ID.
    public var ownPercent: Double?

    /// How often cores were slowed down for their heat since the host started; see `ProcessorThrottling`.
    public var processorThrottles: UInt64?

    /// Each GPU: NVIDIA's, then AMD's, then Intel's.
    public var gpus: [GPU] = []

    /// Energy that the processor packages used since the sampler's first reading.
    ///
    /// - Unit: joules, all packages together; 0 on the first reading.
    /// - Source: RAPL (`/sys/class/powercap`), its wrap-arounds unfolded. Memory is left out, graphics cards too.
    public var packageEnergyJoules: Double?

    /// What one GPU was doing; every value nil when the card or its driver does not tell it.
    public struct GPU: Sendable, Equatable, Codable {
        /// Its place among the host's cards, from 0.
        public var index: UInt32
        /// Share of the driver's last sample period (NVIDIA: 1/6 s to 1 s) in which the card worked, 0–100.
        public var utilisationPercent: Double?
        /// Memory in use by all processes, in bytes.
        public var memoryUsedBytes: UInt64?
        /// Power drawn by the whole board, in watts.
        public var powerWatts: Double?
        /// Temperature of the chip, in degrees Celsius.
        public var temperatureCelsius: Double?
        /// Energy that it has used, in joules, from a start of its own: the driver's, mostly. Only differences mean something.
        public var energyJoules: Double?
        /// Whether its clock is held down at the moment, for heat or power.
        public var throttled: Bool?

        /// A GPU of which only the index is known.
        public init(index: UInt32) { self.index = index }
    }

    /// Two counters of bytes that only grow.
    public struct Traffic: Sendable, Equatable, Codable {
        /// Read, or received.
        public var read: UInt64
        /// Written, or sent.
        public var written: UInt64

        /// Two counts.
        public init(read: UInt64, written: UInt64) {
            self.read = read
            self.written = written
        }
    }

    /// What a control group (cgroup) allows the processes in it, and what they have used of it.
    public struct ControlGroup: Sendable, Equatable, Codable {
        /// Processors' worth of time that they may use: the tightest limit of the group and those above it. Nil without one.
        public var cpuLimitCores: Double?
        /// Memory that they may use, in bytes: likewise.
        public var memoryLimitBytes: UInt64?
        /// Memory charged to the group that sets the limit, file cache included; of the process's own group without one.
        public var memoryUsedBytes: UInt64?
        /// Nanoseconds in which they were not let run, of the group that sets the limit, since it was made.
        public var throttledNanoseconds: UInt64?

        /// A group of which nothing is known.
        public init() {}
    }

    /// A reading in which nothing is known.
    public init() {}
}
