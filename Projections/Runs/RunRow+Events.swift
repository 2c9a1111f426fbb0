import EventStore
import Events
import Foundation

extension RunRow {
    init(_ event: RunRequested, _ recorded: RecordedEvent, source: SourceID) {
        self.init(
            id: event.runID, suite_name: event.suiteName, model_ids: event.models.map(\.id),
            config: RunConfigRow(event.configuration), hardware_info: nil, status: .running, started_at: nil,
            completed_at: nil, created_at: recorded.occurredMilliseconds, model_aliases: event.models.map(\.alias),
            suite_version: event.suiteVersion, suite_digest: event.suiteDigest, scenarios: event.scenarios.map(\.name),
            reason: nil, simulated: event.simulated, origin: event.origin.isEmpty ? nil : event.origin,
            formula_set: "standard/1",
            planned_samples: event.origin.isEmpty
                ? event.configuration.plannedSamples.map { UInt64(event.models.count * event.turns) * $0 }
                : nil,
            samples: 0, failed_samples: 0, shed_samples: 0, failed_phases: 0, phases: event.models.map(PhaseRow.init),
            sweeps: [],
            software_version: nil, schedule_id: event.scheduleID.isEmpty ? nil : event.scheduleID,
            due_at: event.hasDueUnixNs ? event.dueUnixNs / 1_000_000 : nil, warnings: [],
            deleted_at: nil, source: source.description,
            first_position: recorded.position, last_position: recorded.position)
    }

    mutating func take(_ event: RunStarted, _ recorded: RecordedEvent) {
        started_at = recorded.occurredMilliseconds
        if event.hasHardware { hardware_info = HardwareRow(event.hardware) }
        software_version = event.softwareVersion.isEmpty ? nil : event.softwareVersion
        warnings = event.warnings
    }

    mutating func end(_ status: Status, _ recorded: RecordedEvent, reason: String? = nil) {
        self.status = status
        self.reason = reason.flatMap { $0.isEmpty ? nil : $0 }
        completed_at = recorded.occurredMilliseconds
        for index in phases.indices where phases[index].status == .running || phases[index].status == .waiting {
            // What never began was skipped; what was cut off did not complete.
            phases[index].status =
                phases[index].status == .waiting ? .skipped : (status == .completed ? .completed : .failed)
            phases[index].reason = phases[index].status == .completed ? nil : "the run was \(status.rawValue)"
        }
        failed_phases = phases.count { $0.status == .failed || $0.status == .skipped }
    }

    mutating func take(_ event: SweepEnded) {
        sweeps.append(
            SweepRow(
                model_id: event.modelID, scenario: event.scenario,
                knee_rate: event.hasKneeRateMillionths ? Double(event.kneeRateMillionths) / 1e6 : nil,
                knee_concurrency: event.hasKneeConcurrency ? Int(event.kneeConcurrency) : nil, reason: event.reason))
    }

    mutating func phase(_ modelID: String, _ change: (inout PhaseRow) -> Void) {
        guard let index = phases.firstIndex(where: { $0.model_id == modelID }) else { return }
        change(&phases[index])
        failed_phases = phases.count { $0.status == .failed || $0.status == .skipped }
    }
}

extension PhaseRow {
    init(_ model: ModelIdentity) {
        self.init(
            model_id: model.id, alias: model.alias, model_name: model.hasVariant ? model.variant : model.modelID,
            backend: model.backend, endpoint: model.endpoint.isEmpty ? nil : model.endpoint, status: .waiting,
            reason: nil, server: nil)
    }
}

extension RunConfigRow {
    init(_ configuration: RunConfiguration) {
        self.init(
            iterations: configuration.hasDurationNs && !configuration.hasMinPrecision
                ? nil : Int(configuration.iterations),
            concurrency: configuration.concurrency.isEmpty
                ? nil : Levels(configuration.concurrency.map(Int.init)),
            timeout: configuration.timeoutNs > 0 ? configuration.timeoutNs / 1_000_000 : nil,
            temperature: configuration.hasTemperature ? configuration.temperature : nil,
            streaming: configuration.streaming, warmup: Int(configuration.warmup),
            first_token_timeout: configuration.hasFirstTokenTimeoutNs
                ? configuration.firstTokenTimeoutNs / 1_000_000 : nil,
            max_tokens: configuration.hasMaxTokens ? Int(configuration.maxTokens) : nil,
            seed: configuration.hasSeed ? configuration.seed : nil, keep_output: configuration.keepOutput,
            rate: configuration.ratesMillionths.isEmpty
                ? nil : configuration.ratesMillionths.map { Double($0) / 1e6 },
            arrivals: configuration.arrivalsInWords,
            max_in_flight: configuration.hasMaxInFlight ? Int(configuration.maxInFlight) : nil,
            duration: configuration.hasDurationNs ? configuration.durationNs / 1_000_000 : nil,
            cooldown: Int(configuration.cooldown), cache: configuration.cacheInWords,
            connections: configuration.connectionsInWords,
            min_precision: configuration.hasMinPrecision ? configuration.minPrecision : nil,
            iterations_limit: configuration.hasIterationsLimit ? Int(configuration.iterationsLimit) : nil,
            ramp: configuration.hasRampNs ? configuration.rampNs / 1_000_000 : nil,
            objective: configuration.hasObjective ? ObjectiveRow(configuration.objective) : nil,
            sweep: configuration.hasSweep ? SweepConfigRow(configuration.sweep) : nil,
            trace: configuration.hasTrace ? TraceRow(configuration.trace) : nil,
            parallel_models: max(1, Int(configuration.parallelModels)), unload_between: configuration.unloadBetween,
            restart_on_failure: Int(configuration.restartOnFailure))
    }
}

extension RunRequested {
    /// Requests that an iteration makes in all scenarios together: one in each, or as many as a conversation has turns.
    fileprivate var turns: Int { scenarios.reduce(0) { $0 + max(1, $1.keptTurns.count) } }
}

extension ObjectiveRow {
    init(_ objective: ServiceObjective) {
        let milliseconds = { (nanoseconds: Int64) in Double(nanoseconds) / 1e6 }
        self.init(
            ttft: objective.hasTtftNs ? milliseconds(objective.ttftNs) : nil,
            tpot: objective.hasTpotNs ? milliseconds(objective.tpotNs) : nil,
            latency: objective.hasLatencyNs ? milliseconds(objective.latencyNs) : nil, share: objective.share)
    }
}

extension SweepConfigRow {
    init(_ sweep: Sweep) {
        self.init(over: sweep.over == .rate ? "rate" : "concurrency", levels: Int(sweep.levels))
    }
}

extension TraceRow {
    init(_ trace: Trace) {
        let known = { (text: String) in text.isEmpty ? nil : text }
        self.init(
            name: known(trace.name), digest: known(trace.digest), run_id: known(trace.runID),
            requests: Int(trace.requests), speed: trace.speed)
    }
}

extension RunConfiguration {
    fileprivate var connectionsInWords: String? {
        switch connections {
        case .reused: "reused"
        case .fresh: "fresh"
        default: nil
        }
    }

    fileprivate var cacheInWords: String? {
        switch prefixCache {
        case .defeated: "defeat"
        case .kept: "keep"
        default: nil
        }
    }

    fileprivate var arrivalsInWords: String? {
        switch arrivals {
        case .poisson: "poisson"
        case .constant: "constant"
        case .recorded: "recorded"
        default: nil
        }
    }

    /// Requests of one model and scenario, all levels together; nil when that shows only while the run goes on.
    fileprivate var plannedSamples: UInt64? {
        guard !hasDurationNs, !hasRampNs, !hasSweep, !hasMinPrecision else { return nil }
        let besides = UInt64(warmup) + UInt64(cooldown)
        // A level takes at least as many requests as it has in flight.
        let measured =
            ratesMillionths.isEmpty ? concurrency.map { max(iterations, $0) } : ratesMillionths.map { _ in iterations }
        return measured.reduce(UInt64(0)) { $0 + besides + UInt64($1) }
    }
}

extension HardwareRow {
    init(_ hardware: Hardware) {
        let gpu = hardware.gpus.first
        let gigabytes = { (bytes: UInt64) in "\(Int((Double(bytes) / 0x1p30).rounded())) GB" }
        self.init(
            cpu: CPU(
                manufacturer: hardware.hasCpuVendor ? hardware.cpuVendor : nil,
                brand: hardware.hasCpuModel ? hardware.cpuModel : nil,
                cores: hardware.hasLogicalCores ? Int(hardware.logicalCores) : nil,
                physicalCores: hardware.hasPhysicalCores ? Int(hardware.physicalCores) : nil),
            memory: Memory(
                total: hardware.hasMemoryBytes ? gigabytes(hardware.memoryBytes) : nil,
                total_bytes: hardware.hasMemoryBytes ? hardware.memoryBytes : nil),
            gpu: gpu.map {
                GPU(model: $0.name, vram: $0.hasMemoryBytes ? "\($0.memoryBytes >> 20) MB" : nil)
            },
            os: OS(
                platform: hardware.hasPlatform ? hardware.platform : nil,
                distro: hardware.hasOsName ? hardware.osName : nil,
                release: hardware.hasOsVersion ? hardware.osVersion : nil,
                arch: hardware.hasArchitecture ? hardware.architecture : nil),
            unavailable: hardware.unavailable.isEmpty ? nil : hardware.unavailable)
    }
}
