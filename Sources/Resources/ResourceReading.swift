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

    /// Each GPU that NVML knows, in its order.
    public var gpus: [GPU] = []

    /// Energy that the processor packages used since the sampler's first reading.
    ///
    /// - Unit: joules, all packages together; 0 on the first reading.
    /// - Source: RAPL (`/sys/class/powercap`), its wrap-arounds unfolded. Memory is left out, graphics cards too.
    public var packageEnergyJoules: Double?

    /// What one GPU was doing; every value nil when the card or its driver does not tell it.
    public struct GPU: Sendable, Equatable, Codable {
        /// NVML's index, from 0.
        public var index: UInt32
        /// Share of the driver's last sample period (1/6 s to 1 s) in which a kernel ran, 0–100.
        public var utilisationPercent: Double?
        /// Memory in use by all processes, in bytes.
        public var memoryUsedBytes: UInt64?
        /// Power drawn by the whole board, in watts.
        public var powerWatts: Double?
        /// Temperature of the chip, in degrees Celsius.
        public var temperatureCelsius: Double?

        /// A GPU of which only the index is known.
        public init(index: UInt32) { self.index = index }
    }

    /// A reading in which nothing is known.
    public init() {}
}
