import Events
import Streaming

extension RunSettings {
    /// Where the load levels come from.
    public var levels: LevelSource {
        if let sweep { return .sweep(sweep) }
        return .list(rates.isEmpty ? concurrency.map(LoadLevel.concurrency) : rates.map(LoadLevel.rate))
    }

    /// Whether requests start by the clock.
    public var isOpenLoop: Bool { sweep.map { $0.over == .rate } ?? !rates.isEmpty }

    /// Measured requests at a load level: at least as many as are in flight at once, or the level would not be reached.
    func requests(at level: LoadLevel) -> Int { max(iterations, Int(level.concurrency)) }

    /// What ends the measured requests at a load level.
    func limit(at level: LoadLevel) -> LoadLimit {
        if let minPrecision {
            // Answers of an open loop come in an order of their own, the quick ones first: of few, nothing is to be told.
            let fewest = max(requests(at: level), level.concurrency == 0 ? 100 : 0)
            let watch = PrecisionWatch(aim: minPrecision, fewest: fewest, isOpenLoop: level.concurrency == 0)
            return .precision(watch, atMost: max(fewest, iterationsLimit), within: duration)
        }
        return duration.map(LoadLimit.duration) ?? .count(requests(at: level))
    }

    /// As it is kept with the run.
    public var recorded: RunConfiguration {
        .with {
            if let duration { $0.durationNs = duration.wholeNanoseconds }
            if duration == nil || minPrecision != nil { $0.iterations = UInt32(iterations) }
            if let minPrecision {
                $0.minPrecision = minPrecision
                $0.iterationsLimit = UInt32(iterationsLimit)
            }
            switch levels {
            case .list: if rates.isEmpty { $0.concurrency = concurrency.map(UInt32.init) }
            case .sweep(let sweep): $0.sweep = sweep.recorded
            }
            if isOpenLoop {
                if sweep == nil { $0.ratesMillionths = rates.map { LoadLevel.rate($0).rateMillionths } }
                let isRecorded = trace?.requests.isEmpty == false
                $0.arrivals = isRecorded ? .recorded : arrivals == .poisson ? .poisson : .constant
                $0.maxInFlight = UInt32(maxInFlight)
            }
            if let trace { $0.trace = trace.recorded }
            if let ramp { $0.rampNs = ramp.wholeNanoseconds }
            if let objective { $0.objective = objective.recorded }
            $0.warmup = UInt32(warmup)
            $0.cooldown = UInt32(cooldown)
            $0.timeoutNs = timeout.wholeNanoseconds
            if let firstTokenTimeout { $0.firstTokenTimeoutNs = firstTokenTimeout.wholeNanoseconds }
            if let temperature { $0.temperature = temperature }
            if let seed { $0.seed = seed }
            $0.streaming = streaming
            $0.keepOutput = keepOutput
            if let maxTokens { $0.maxTokens = UInt32(maxTokens) }
            $0.resourceIntervalNs = resourceInterval.wholeNanoseconds
            $0.connections = freshConnections ? .fresh : .reused
            $0.prefixCache = prefixCache == .defeat ? .defeated : .kept
            $0.parallelModels = UInt32(parallelModels)
            $0.unloadBetween = unloadBetween
            $0.restartOnFailure = UInt32(restartOnFailure)
        }
    }

    /// As it was kept with a run; the trace's requests are not kept there.
    public init(_ recorded: RunConfiguration) {
        self.init()
        if recorded.hasDurationNs { duration = .nanoseconds(recorded.durationNs) }
        if recorded.iterations > 0 { iterations = Int(recorded.iterations) }
        minPrecision = recorded.hasMinPrecision ? recorded.minPrecision : nil
        if recorded.hasIterationsLimit { iterationsLimit = Int(recorded.iterationsLimit) }
        freshConnections = recorded.connections == .fresh
        // Before there was a choice, requests went out as the suite had them.
        prefixCache = recorded.prefixCache == .defeated ? .defeat : .keep
        concurrency = recorded.concurrency.map(Int.init)
        rates = recorded.ratesMillionths.map { Double($0) / 1e6 }
        sweep = recorded.hasSweep ? Sweep(recorded.sweep) : nil
        arrivals = recorded.arrivals == .constant ? .constant : .poisson
        if recorded.hasMaxInFlight { maxInFlight = Int(recorded.maxInFlight) }
        ramp = recorded.hasRampNs ? .nanoseconds(recorded.rampNs) : nil
        objective = recorded.hasObjective ? Objective(recorded.objective) : nil
        warmup = Int(recorded.warmup)
        cooldown = Int(recorded.cooldown)
        if recorded.timeoutNs > 0 { timeout = .nanoseconds(recorded.timeoutNs) }
        firstTokenTimeout = recorded.hasFirstTokenTimeoutNs ? .nanoseconds(recorded.firstTokenTimeoutNs) : nil
        temperature = recorded.hasTemperature ? recorded.temperature : nil
        seed = recorded.hasSeed ? recorded.seed : nil
        streaming = recorded.streaming
        keepOutput = recorded.keepOutput
        maxTokens = recorded.hasMaxTokens ? Int(recorded.maxTokens) : nil
        parallelModels = max(1, Int(recorded.parallelModels))
        unloadBetween = recorded.unloadBetween
        restartOnFailure = Int(recorded.restartOnFailure)
        if recorded.resourceIntervalNs > 0 { resourceInterval = .nanoseconds(recorded.resourceIntervalNs) }
    }
}
