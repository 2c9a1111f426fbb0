import Events
import Foundation

extension ModelIdentity {
    /// A model; a test names only what it is about.
    public static func fixture(id: String = "phi-4", alias: String? = nil, backend: String = "llama.cpp")
        -> ModelIdentity
    {
        .with {
            $0.id = id
            $0.alias = alias ?? id
            $0.modelID = "\(id)-generic-cpu:1"
            $0.backend = backend
            $0.endpoint = "http://127.0.0.1:8080"
            $0.deviceType = "CPU"
        }
    }
}

extension RunRequested {
    /// A run of some scenarios on some models.
    public static func fixture(
        id: String = "r1", models: [String] = ["phi-4"], scenarios: [String] = ["Capital of France"],
        iterations: UInt32 = 5,
        levels: [UInt32] = [1]
    ) -> RunRequested {
        .with {
            $0.runID = id
            $0.suiteName = "quick"
            $0.suiteVersion = "1.0"
            $0.suiteDigest = "sha256:00"
            $0.scenarios = scenarios.map { name in
                .with {
                    $0.name = name
                    $0.promptText = "What is the capital of France?"
                    $0.maxTokens = 32
                }
            }
            $0.configuration = .with {
                $0.iterations = iterations
                $0.concurrency = levels
                $0.timeoutNs = 60_000_000_000
                $0.temperature = 0
                $0.streaming = true
                $0.keepOutput = true
                $0.resourceIntervalNs = 250_000_000
            }
            $0.models = models.map { .fixture(id: $0) }
        }
    }
}

extension InferenceSampled {
    /// A request that started at `start` ms, gave `chunks` chunks `gap` ms apart after `ttft` ms, and ended with the last.
    public static func fixture(
        run: String = "r1", model: String = "phi-4", scenario: String = "Capital of France", level: UInt32 = 1,
        iteration: UInt32 = 0, warmup: Bool = false, start: Double = 0, ttft: Double = 50, gap: Double = 10,
        chunks: Int = 5,
        completionTokens: UInt64? = nil, error: ErrorClass = .none
    ) -> InferenceSampled {
        .with {
            let nanoseconds = { (milliseconds: Double) in Int64((milliseconds * 1e6).rounded()) }
            $0.runID = run
            $0.modelID = model
            $0.scenario = scenario
            $0.level = level
            $0.iteration = iteration
            $0.warmup = warmup
            $0.intendedStartNs = nanoseconds(start)
            $0.startedNs = nanoseconds(start)
            $0.sentNs = nanoseconds(start)
            $0.streamed = true
            $0.clock = .user
            $0.error = error
            $0.httpStatus = 200
            let arrivals = error == .none ? (0..<chunks).map { nanoseconds(start + ttft + Double($0) * gap) } : []
            $0.chunkArrivals = arrivals
            $0.chunkSizes = Data(Varints.encode(arrivals.map { _ in 4 }))
            $0.contentChunks = UInt64(arrivals.count)
            if let first = arrivals.first { $0.firstContentNs = first }
            if let last = arrivals.last { $0.lastContentNs = last }
            $0.endedNs = arrivals.last ?? nanoseconds(start + ttft)
            $0.tokenSource = completionTokens == nil ? .chunks : .serverUsage
            if let completionTokens { $0.completionTokens = completionTokens }
            $0.outputBytes = UInt64(arrivals.count * 4)
        }
    }
}
