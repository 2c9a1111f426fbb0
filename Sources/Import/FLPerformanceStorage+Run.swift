import Events

extension FLPerformanceStorage {
    /// The file that a run comes from.
    struct Source {
        var fileName: String
        var digest: String
        var models: [String: FLPerformanceFile.Model]

        /// A run's stream, from its request to its end.
        func events(of run: FLPerformanceFile.Run, _ results: [FLPerformanceFile.Result]) -> [Event] {
            let started = (run.started_at ?? run.created_at ?? 0) * 1_000_000
            let anchor = results.flatMap { $0.raw_data?.iterations ?? [] }.map(\.startTime).min() ?? 0
            var events: [Event] = [
                .runRequested(requested(run, results)), .runImported(imported(run, results)),
                .runStarted(
                    .with {
                        $0.runID = run.id
                        if let hardware = run.hardware_info { $0.hardware = Hardware(hardware) }
                        $0.anchorUnixNs = started
                        $0.occurredUnixNs = started
                    }),
            ]
            var samples: [InferenceSampled] = []
            for model in run.model_ids {
                let own = results.filter { $0.model_id == model }
                guard !own.isEmpty else {
                    events.append(
                        .modelPhaseSkipped(
                            .with {
                                ($0.runID, $0.modelID, $0.reason) = (run.id, model, "the file holds no result of it")
                            }))
                    continue
                }
                events.append(.modelPhaseStarted(.with { ($0.runID, $0.modelID) = (run.id, model) }))
                for result in own {
                    let found = Iterations(result, streaming: run.config?.streaming ?? true, anchor: anchor)
                    samples += found.samples
                    events += found.events
                }
                events.append(
                    .modelPhaseFinished(.with { ($0.runID, $0.modelID, $0.succeeded) = (run.id, model, true) }))
            }
            return events + [end(of: run, samples)]
        }

        private func requested(_ run: FLPerformanceFile.Run, _ results: [FLPerformanceFile.Result]) -> RunRequested {
            var seen: Set<String> = []
            return .with {
                $0.runID = run.id
                $0.suiteName = run.suite_name
                $0.origin = origin
                $0.scenarios = results.map(\.scenario).filter { seen.insert($0).inserted }.map { name in
                    .with { $0.name = name }
                }
                $0.models = run.model_ids.map { id in
                    models[id].map(identity)
                        ?? .with { ($0.id, $0.alias, $0.modelID, $0.backend) = (id, id, id, "imported") }
                }
                $0.configuration = .with {
                    $0.iterations = run.config?.iterations ?? 0
                    // The original stored a concurrency and never read it: its requests went one after another.
                    $0.concurrency = [1]
                    $0.timeoutNs = (run.config?.timeout ?? 0) * 1_000_000
                    if let temperature = run.config?.temperature { $0.temperature = temperature }
                    $0.streaming = run.config?.streaming ?? true
                }
                if let at = run.created_at ?? run.started_at { $0.occurredUnixNs = at * 1_000_000 }
            }
        }

        private func imported(_ run: FLPerformanceFile.Run, _ results: [FLPerformanceFile.Result]) -> RunImported {
            .with {
                $0.runID = run.id
                $0.tool = origin
                $0.fileName = fileName
                $0.fileDigest = digest
                $0.formulaSet = formulaSet
                $0.results = results.map { result in
                    .with {
                        $0.resultID = result.id
                        $0.modelID = result.model_id
                        $0.scenario = result.scenario
                        $0.level = 1
                        // The database keeps no time with a result: those of its run are there.
                        $0.createdUnixNs =
                            (result.created_at ?? run.completed_at ?? run.started_at ?? run.created_at ?? 0) * 1_000_000
                    }
                }
            }
        }

        /// A run that the file calls running was left behind by a process that died.
        private func end(of run: FLPerformanceFile.Run, _ samples: [InferenceSampled]) -> Event {
            let at = (run.completed_at ?? run.started_at ?? 0) * 1_000_000
            switch run.status {
            case "completed":
                return .runCompleted(
                    .with {
                        $0.runID = run.id
                        $0.samples = UInt64(samples.count)
                        $0.failedSamples = UInt64(samples.count { $0.error != .none })
                        $0.occurredUnixNs = at
                    })
            case "failed":
                return .runFailed(
                    .with { ($0.runID, $0.reason, $0.occurredUnixNs) = (run.id, "failed in FLPerformance", at) })
            default:
                return .runInterrupted(
                    .with {
                        ($0.runID, $0.reason, $0.occurredUnixNs) = (
                            run.id, "left as '\(run.status)' by FLPerformance", at
                        )
                    })
            }
        }
    }
}

extension Hardware {
    /// The original's record; "null MB" and the like are unknown.
    init(_ original: FLPerformanceFile.Hardware) {
        self.init()
        if let vendor = original.cpu?.manufacturer { cpuVendor = vendor }
        if let brand = original.cpu?.brand { cpuModel = brand }
        if let cores = original.cpu?.cores { logicalCores = cores }
        if let cores = original.cpu?.physicalCores { physicalCores = cores }
        if let bytes = Self.bytes(original.memory?.total, unit: 0x1p30) { memoryBytes = bytes }
        if let name = original.gpu?.model {
            gpus = [
                .with {
                    $0.name = name
                    if let bytes = Self.bytes(original.gpu?.vram, unit: 0x1p20) { $0.memoryBytes = bytes }
                }
            ]
        }
        if let distribution = original.os?.distro { osName = distribution }
        if let release = original.os?.release { osVersion = release }
        if let platform = original.os?.platform { self.platform = platform }
        if let arch = original.os?.arch { architecture = arch }
    }

    /// "24 GB" in bytes; nil when no number stands there, or none that a size can be.
    private static func bytes(_ text: String?, unit: Double) -> UInt64? {
        text?.split(separator: " ").first.flatMap { Double($0) }.flatMap { UInt64(exactly: ($0 * unit).rounded()) }
    }
}
