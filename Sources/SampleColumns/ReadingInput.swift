import Events

/// How a reading of resources is read as an input that formulas name.
struct ReadingInput: Sendable {
    let name: String
    /// NaN where the input is null.
    let read: @Sendable (borrowing ResourceSampled) -> Double

    private init(_ name: String, _ read: @escaping @Sendable (borrowing ResourceSampled) -> Double) {
        self.name = name
        self.read = read
    }

    /// Every one; their order is that of the columns in a block.
    static let all: [ReadingInput] = [
        ReadingInput("at") { milliseconds($0.atNs) },
        ReadingInput("host_cpu") { $0.hasHostCpuPercent ? $0.hostCpuPercent : .nan },
        ReadingInput("memory_percent") { $0.hasMemoryUsedPercent ? $0.memoryUsedPercent : .nan },
        ReadingInput("memory_used") { $0.hasMemoryUsedBytes ? Double($0.memoryUsedBytes) : .nan },
        ReadingInput("process_cpu") { $0.hasProcessCpuPercent ? $0.processCpuPercent : .nan },
        ReadingInput("process_memory") { $0.hasProcessMemoryBytes ? Double($0.processMemoryBytes) : .nan },
        ReadingInput("gpu_utilisation") {
            mean($0.gpus.compactMap { $0.hasUtilisationPercent ? $0.utilisationPercent : nil })
        },
        ReadingInput("gpu_memory") {
            sum($0.gpus.compactMap { $0.hasMemoryUsedBytes ? Double($0.memoryUsedBytes) : nil })
        },
        ReadingInput("gpu_power") { sum($0.gpus.compactMap { $0.hasPowerWatts ? $0.powerWatts : nil }) },
        ReadingInput("gpu_energy") { reading in
            let known = reading.gpus.compactMap { $0.hasEnergyJoules ? $0.energyJoules : nil }
            // A sum that lacks one GPU would be another sum than the reading before.
            return known.count == reading.gpus.count ? sum(known) : .nan
        },
        ReadingInput("gpu_temperature") {
            $0.gpus.compactMap { $0.hasTemperatureCelsius ? $0.temperatureCelsius : nil }.max() ?? .nan
        },
        ReadingInput("swap_used") { $0.hasSwapUsedBytes ? Double($0.swapUsedBytes) : .nan },
        ReadingInput("disk_read") { $0.hasDisk ? Double($0.disk.readBytes) : .nan },
        ReadingInput("disk_written") { $0.hasDisk ? Double($0.disk.writtenBytes) : .nan },
        ReadingInput("network_received") { $0.hasNetwork ? Double($0.network.receivedBytes) : .nan },
        ReadingInput("network_sent") { $0.hasNetwork ? Double($0.network.sentBytes) : .nan },
        ReadingInput("process_threads") { $0.hasProcessThreads ? Double($0.processThreads) : .nan },
        ReadingInput("cgroup_throttled") {
            milliseconds($0.controlGroup.hasThrottledNs ? Int64(clamping: $0.controlGroup.throttledNs) : nil)
        },
        ReadingInput("cpu_throttles") { $0.hasCpuThrottles ? Double($0.cpuThrottles) : .nan },
        ReadingInput("own_cpu") { $0.hasOwnCpuPercent ? $0.ownCpuPercent : .nan },
        ReadingInput("package_energy") { $0.hasPackageEnergyJoules ? $0.packageEnergyJoules : .nan },
        ReadingInput("after_sample") { $0.afterSample ? 1 : 0 },
    ]

    private static func milliseconds(_ nanoseconds: Int64?) -> Double { nanoseconds.map { Double($0) / 1e6 } ?? .nan }
    private static func sum(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) }
    private static func mean(_ values: [Double]) -> Double { sum(values) / Double(max(1, values.count)) }
}
