/// The machine that measures: what a reader must know to judge a figure. Every value is nil when it could not be read.
public struct HostDescription: Sendable, Equatable, Codable {
    /// Who made the processor, as it names itself, such as `AuthenticAMD`.
    public var cpuVendor: String?
    /// The processor's own name.
    public var cpuModel: String?
    /// Processors that the system schedules on, hyper-threads counted.
    public var logicalCores: UInt32?
    /// Cores in silicon, or as the hypervisor presents them.
    public var physicalCores: UInt32?
    /// Memory that the system manages, in bytes; a little less than what is built in.
    public var memoryBytes: UInt64?
    /// The GPUs: NVIDIA's, then AMD's, then Intel's; empty when there are none or when `unavailable` says why.
    public var gpus: [GPU] = []
    /// Name of the operating system, such as `Debian GNU/Linux`.
    public var osName: String?
    /// Its version, such as `12`.
    public var osVersion: String?
    /// The kernel's release.
    public var kernel: String?
    /// The processor's architecture as the kernel names it, such as `x86_64`.
    public var architecture: String?
    /// The host's name in the network.
    public var hostName: String?
    /// What could not be read and why, such as `gpu: libnvidia-ml.so.1 not found`.
    public var unavailable: [String] = []

    /// One graphics card.
    public struct GPU: Sendable, Equatable, Codable {
        /// The card's name as its driver gives it.
        public var name: String
        /// Memory on the card, in bytes.
        public var memoryBytes: UInt64?
        /// Version of the driver.
        public var driver: String?

        /// A card by its parts.
        public init(name: String, memoryBytes: UInt64? = nil, driver: String? = nil) {
            self.name = name
            self.memoryBytes = memoryBytes
            self.driver = driver
        }
    }

    /// A host of which nothing is known.
    public init() {}
}
