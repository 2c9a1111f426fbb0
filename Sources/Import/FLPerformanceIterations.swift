import Events

/// One stored result's raw iterations as samples and readings.
struct Iterations {
    private(set) var samples: [InferenceSampled] = []
    private(set) var events: [Event] = []

    /// - Parameter anchor: the run's first start, ms on the clock of the file's iterations.
    init(_ result: FLPerformanceFile.Result, streaming: Bool, anchor: Double) {
        let snapshots = result.raw_data?.resourceSnapshots ?? []
        let nanoseconds = { (time: Double) in Int64((time * 1e6).rounded()) - Int64((anchor * 1e6).rounded()) }
        for (index, iteration) in (result.raw_data?.iterations ?? []).enumerated() {
            let start = nanoseconds(iteration.startTime)
            let end = nanoseconds(iteration.endTime)
            let pair = index < snapshots.count ? snapshots[index] : nil
            let place = { (after: Bool, at: Int64, reading: FLPerformanceFile.Snapshots.Reading?) in
                Event.resourceSampled(Self.reading(reading, of: result, at: at, after: after, iteration: index))
            }
            if pair != nil { events.append(place(false, start, pair?.before)) }
            let sample = Self.sample(iteration, of: result, index: index, start: start, end: end, streaming: streaming)
            samples.append(sample)
            events.append(.inferenceSampled(sample))
            if pair != nil { events.append(place(true, end, pair?.after)) }
        }
    }

    private static func sample(
        _ iteration: FLPerformanceFile.Iteration, of result: FLPerformanceFile.Result, index: Int, start: Int64,
        end: Int64,
        streaming: Bool
    ) -> InferenceSampled {
        .with {
            $0.runID = result.run_id
            $0.modelID = result.model_id
            $0.scenario = result.scenario
            $0.level = 1
            $0.iteration = UInt32(index)
            $0.intendedStartNs = start
            $0.startedNs = start
            $0.endedNs = end
            $0.streamed = streaming
            $0.clock = .imported
            if let ttft = iteration.ttft {
                $0.originalTtftNs = Int64((ttft * 1e6).rounded())
                $0.firstContentNs = start + $0.originalTtftNs
            }
            if let tokens = iteration.tokens, tokens >= 0 {
                if streaming {
                    $0.contentChunks = UInt64(tokens)
                    $0.tokenSource = .chunks
                } else {
                    $0.completionTokens = UInt64(tokens)
                    $0.tokenSource = .serverUsage
                }
            }
            if let delays = iteration.interTokenDelays, iteration.ttft != nil {
                var at = $0.firstContentNs
                $0.chunkArrivals =
                    [at]
                    + delays.map { delay in
                        at += Int64((delay * 1e6).rounded())
                        return at
                    }
                $0.lastContentNs = at
            }
            if iteration.timeout == true {
                $0.error = .timeout
            } else if iteration.error != nil {
                $0.error = .other
            }
            $0.errorMessage = iteration.error ?? ""
        }
    }

    private static func reading(
        _ reading: FLPerformanceFile.Snapshots.Reading?, of result: FLPerformanceFile.Result, at: Int64, after: Bool,
        iteration: Int
    ) -> ResourceSampled {
        .with {
            $0.runID = result.run_id
            $0.modelID = result.model_id
            $0.scenario = result.scenario
            $0.level = 1
            $0.atNs = at
            $0.afterSample = after
            $0.iteration = UInt32(iteration)
            if let cpu = reading?.cpu { $0.hostCpuPercent = cpu }
            if let ram = reading?.ram { $0.memoryUsedPercent = ram }
            if let gpu = reading?.gpu { $0.gpus = [.with { $0.utilisationPercent = gpu }] }
        }
    }
}
