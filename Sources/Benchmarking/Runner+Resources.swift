import Events
import Foundation
import Resources
import Streaming

extension Runner {
    /// Reads the host at the run's interval until the task is cancelled, and labels each reading with what was going on.
    ///
    /// - Returns: what it saw that spoils the figures, in sentences.
    func watchResources(_ stage: Stage) async throws -> [String] {
        plan.measuresTogether ? try await watchModelsTogether(stage) : try await watchOneModel(stage)
    }

    private func watchOneModel(_ stage: Stage) async throws -> [String] {
        var disturbances = DisturbanceWatch()
        var sampler = ResourceSampler()
        var watched: Int32?
        try await atEachInterval {
            let scene = stage.scenes.first
            if scene?.phase.process != watched {
                watched = scene?.phase.process
                sampler = ResourceSampler(process: watched)
                disturbances.changeProcess()
            }
            let reading = sampler.read()
            disturbances.take(reading)
            try await emit(.run(.resourceSampled(event(reading, scene))))
        }
        return disturbances.warnings
    }

    /// With several models at work the host's readings belong to none of them, and are recorded so. What is read of a server's
    /// own process belongs to its model, unless it serves another one meanwhile.
    private func watchModelsTogether(_ stage: Stage) async throws -> [String] {
        var host = ResourceSampler()
        var hostDisturbances = DisturbanceWatch()
        var servers: [Int32: ResourceSampler] = [:]
        var serverDisturbances: [Int32: DisturbanceWatch] = [:]
        try await atEachInterval {
            let reading = host.read()
            hostDisturbances.take(reading)
            try await emit(.run(.resourceSampled(event(reading, nil))))
            let scenes = stage.scenes.map { (scene: $0, process: stage.process(of: $0)) }
            // A sampler's rates reach back to its last reading: what a server then did for two models must not be in them.
            servers = servers.filter { server in scenes.contains { $0.process == server.key } }
            for (scene, process) in scenes {
                var own = ResourceReading()
                // This process is the client of them all: a client at its limit limits each.
                own.ownPercent = reading.ownPercent
                if let process {
                    own.takeProcess(of: servers[process, default: ResourceSampler(process: process)].read())
                    serverDisturbances[process, default: DisturbanceWatch()].take(own)
                }
                try await emit(.run(.resourceSampled(event(own, scene))))
            }
        }
        return hostDisturbances.warnings
            + serverDisturbances.sorted { $0.key < $1.key }.flatMap(\.value.warnings)
    }

    private func atEachInterval(_ body: () async throws -> Void) async throws {
        var next = ContinuousClock.now
        while !Task.isCancelled {
            try await body()
            next += plan.settings.resourceInterval
            try? await Task.sleep(until: next)
        }
    }

    private func event(_ reading: ResourceReading, _ scene: Stage.Scene?) -> ResourceSampled {
        .with {
            $0.runID = plan.runID
            $0.modelID = scene?.phase.model.id ?? ""
            $0.scenario = scene?.scenario ?? ""
            $0.level = scene?.level.concurrency ?? 0
            $0.rateMillionths = scene?.level.rateMillionths ?? 0
            $0.atNs = MonotonicTime.now() - anchor.monotonic
            if let value = reading.hostPercent { $0.hostCpuPercent = value }
            // A core that was offline would shift those behind it: then the list says nothing.
            $0.coreCpuPercent = reading.corePercents.contains(nil) ? [] : reading.corePercents.compactMap(\.self)
            if let value = reading.memoryUsedBytes { $0.memoryUsedBytes = value }
            if let value = reading.memoryUsedPercent { $0.memoryUsedPercent = value }
            if let value = reading.swapUsedBytes { $0.swapUsedBytes = value }
            if let disk = reading.disk { ($0.disk.readBytes, $0.disk.writtenBytes) = (disk.read, disk.written) }
            if let network = reading.network {
                ($0.network.receivedBytes, $0.network.sentBytes) = (network.read, network.written)
            }
            if let value = reading.processPercent { $0.processCpuPercent = value }
            if let value = reading.processMemoryBytes { $0.processMemoryBytes = value }
            if let value = reading.processThreads { $0.processThreads = value }
            if let group = reading.controlGroup { $0.controlGroup = ControlGroupReading(group) }
            if let value = reading.ownPercent { $0.ownCpuPercent = value }
            if let value = reading.processorThrottles { $0.cpuThrottles = value }
            $0.gpus = reading.gpus.map { gpu in
                .with {
                    $0.index = gpu.index
                    if let value = gpu.utilisationPercent { $0.utilisationPercent = value }
                    if let value = gpu.memoryUsedBytes { $0.memoryUsedBytes = value }
                    if let value = gpu.powerWatts { $0.powerWatts = value }
                    if let value = gpu.temperatureCelsius { $0.temperatureCelsius = value }
                    if let value = gpu.energyJoules { $0.energyJoules = value }
                    if let value = gpu.throttled { $0.throttled = value }
                }
            }
            if let value = reading.packageEnergyJoules { $0.packageEnergyJoules = value }
        }
    }
}

extension ResourceReading {
    /// Takes what another reading has of the watched process.
    fileprivate mutating func takeProcess(of other: ResourceReading) {
        processPercent = other.processPercent
        processMemoryBytes = other.processMemoryBytes
        processThreads = other.processThreads
        controlGroup = other.controlGroup
    }
}

extension ControlGroupReading {
    fileprivate init(_ group: ResourceReading.ControlGroup) {
        self.init()
        if let value = group.cpuLimitCores { cpuLimitCores = value }
        if let value = group.memoryLimitBytes { memoryLimitBytes = value }
        if let value = group.memoryUsedBytes { memoryUsedBytes = value }
        if let value = group.throttledNanoseconds { throttledNs = value }
    }
}

extension Hardware {
    /// The host as it is recorded with a run, and why what is null in its readings can't be read.
    init(_ host: HostDescription, unreadable: [String]) {
        self.init()
        if let value = host.cpuVendor { cpuVendor = value }
        if let value = host.cpuModel { cpuModel = value }
        if let value = host.logicalCores { logicalCores = value }
        if let value = host.physicalCores { physicalCores = value }
        if let value = host.memoryBytes { memoryBytes = value }
        if let value = host.osName { osName = value }
        if let value = host.osVersion { osVersion = value }
        if let value = host.kernel { kernel = value }
        if let value = host.architecture { architecture = value }
        if let value = host.hostName { hostName = value }
        gpus = host.gpus.map { gpu in
            .with {
                $0.name = gpu.name
                if let bytes = gpu.memoryBytes { $0.memoryBytes = bytes }
                if let driver = gpu.driver { $0.driver = driver }
            }
        }
        #if os(Linux)
        platform = "linux"
        #elseif os(macOS)
        platform = "darwin"
        #endif
        unavailable = host.unavailable + unreadable.filter { !host.unavailable.contains($0) }
    }
}
