import Events
import Foundation
import TestSupport

/// One event of each type with every field set: what the golden files hold. Never change one: add a version.
enum EventExamples {
    static let model = ModelIdentity.with {
        $0.id = "foundry-local.phi-4-mini"
        $0.alias = "phi-4-mini"
        $0.modelID = "phi-4-mini-instruct-generic-cpu:1"
        $0.backend = "foundry-local"
        $0.endpoint = "http://127.0.0.1:5273"
        $0.variant = "phi-4-mini-instruct-generic-gpu:1"
        $0.version = "1"
        $0.deviceType = "GPU"
        $0.executionProvider = "WebGpuExecutionProvider"
        $0.runtimeVersion = "2.2.1"
        $0.sizeBytes = 2_211_000_000
        $0.apiKeyVariable = "MODEL_SERVER_KEY"
    }

    /// What the older schema version of a load could say.
    static let olderLoaded = ModelLoaded.with {
        ($0.model, $0.loadTimeNs, $0.alreadyLoaded, $0.occurredUnixNs) = (model, 1_234_567_890, true, 4)
    }

    static let loaded: ModelLoaded = {
        var loaded = olderLoaded
        loaded.warm = true
        return loaded
    }()

    static let lifecycle: [Event] = [
        .modelAdded(.with { ($0.model, $0.occurredUnixNs) = (model, 1_768_980_552_318_000_000) }),
        .modelRemoved(.with { ($0.modelID, $0.occurredUnixNs) = (model.id, 1) }),
        .modelDownloadProgressed(
            .with {
                ($0.modelID, $0.percent, $0.receivedBytes, $0.totalBytes) = (model.id, 42.5, 425, 1_000)
                ($0.status, $0.occurredUnixNs) = ("downloading", 2)
            }),
        .modelLoadStarted(.with { ($0.modelID, $0.endpoint, $0.occurredUnixNs) = (model.id, model.endpoint, 3) }),
        .modelLoaded(loaded),
        .modelLoadFailed(.with { ($0.modelID, $0.reason, $0.occurredUnixNs) = (model.id, "not cached", 5) }),
        .modelUnloaded(.with { ($0.modelID, $0.unloadTimeNs, $0.occurredUnixNs) = (model.id, 77, 6) }),
        .modelTested(
            .with {
                ($0.modelID, $0.succeeded, $0.latencyNs, $0.promptTokens) = (model.id, true, 88, 9)
                ($0.completionTokens, $0.response, $0.error, $0.occurredUnixNs) = (10, "Paris", "none", 7)
            }),
        .modelHealthChecked(
            .with { ($0.modelID, $0.healthy, $0.detail, $0.occurredUnixNs) = (model.id, true, "200", 8) }),
        .modelDownloadFailed(.with { ($0.modelID, $0.reason, $0.occurredUnixNs) = (model.id, "no space", 30) }),
        .modelStateFound(
            .with {
                ($0.modelID, $0.state, $0.detail) = (model.id, .notLoaded, "loaded, says the log")
                ($0.model, $0.occurredUnixNs) = (model, 31)
            }),
        .modelServerRestarted(
            .with {
                ($0.modelID, $0.endpoint, $0.newEndpoint) = (model.id, model.endpoint, "http://127.0.0.1:5274")
                ($0.succeeded, $0.reason, $0.detail, $0.durationNs) = (true, "it was gone", "none", 1_500_000_000)
                ($0.runID, $0.attempt, $0.occurredUnixNs) = ("r1", 1, 32)
            }),
    ]

    /// What the older schema versions of a request could say.
    static let olderRequest = RunRequested.with {
        ($0.runID, $0.suiteName, $0.suiteVersion, $0.suiteDescription) = ("r1", "default", "1.0", "Nine tasks")
        ($0.suiteDigest, $0.simulated, $0.origin, $0.label, $0.occurredUnixNs) = (
            "sha256:00", true, "tool", "a note", 9
        )
        $0.scenarios = [
            .with {
                ($0.name, $0.description_p, $0.promptText, $0.maxTokens) = ("Capital", "One fact", "What?", 50)
                ($0.systemPromptText, $0.expectedOutputLength) = ("Be brief", "short")
            }
        ]
        $0.configuration = .with {
            ($0.iterations, $0.concurrency, $0.warmup, $0.timeoutNs) = (5, [1, 4], 1, 60_000_000_000)
            ($0.firstTokenTimeoutNs, $0.temperature, $0.seed, $0.streaming) = (1_000, 0, 7, true)
            ($0.keepOutput, $0.maxTokens, $0.resourceIntervalNs) = (true, 64, 250_000_000)
        }
        $0.models = [model]
    }

    /// What schema version 3 of a request could say.
    static let requestOf3: RunRequested = {
        var request = olderRequest
        request.scenarios[0].keptPrompts = [.init("One?"), .init("Two?")]
        request.scenarios[0].keptTurns = [.init("Hello"), .init("And then?")]
        request.scenarios[0].keptMessages = .init("[]")
        request.scenarios[0].keptTools = .init("[]")
        request.scenarios[0].synthetic = .with {
            ($0.promptTokens, $0.promptTokensDeviation) = (512, 64)
            ($0.outputTokens, $0.outputTokensDeviation) = (128, 16)
        }
        let objective = ServiceObjective.with {
            ($0.ttftNs, $0.tpotNs, $0.latencyNs, $0.share) = (300_000_000, 50_000_000, 5_000_000_000, 0.95)
        }
        request.configuration.ratesMillionths = [500_000, 1_000_000]
        request.configuration.arrivals = .poisson
        request.configuration.maxInFlight = 512
        request.configuration.durationNs = 30_000_000_000
        request.configuration.cooldown = 2
        request.configuration.rampNs = 10_000_000_000
        request.configuration.sweep = .with { ($0.over, $0.objective, $0.levels) = (.rate, objective, 10) }
        request.configuration.trace = .with {
            ($0.name, $0.digest, $0.runID, $0.requests, $0.speed) = ("trace.jsonl", "sha256:03", "r0", 100, 2)
        }
        request.configuration.prefixCache = .defeated
        request.configuration.connections = .fresh
        request.configuration.minPrecision = 0.02
        request.configuration.iterationsLimit = 1_000
        request.configuration.objective = objective
        return request
    }()

    static let request: RunRequested = {
        var request = requestOf3
        request.configuration.parallelModels = 2
        request.configuration.unloadBetween = true
        request.configuration.restartOnFailure = 3
        (request.scheduleID, request.dueUnixNs) = ("s1", 33)
        return request
    }()

    static let run: [Event] = [
        .runRequested(request),
        .runStarted(
            .with {
                ($0.runID, $0.softwareVersion, $0.anchorUnixNs, $0.anchorMonotonicNs) = ("r1", "flperf 0.1.0", 10, 11)
                ($0.processID, $0.bootID, $0.warnings, $0.occurredUnixNs) = (12, "boot", ["busy"], 13)
                $0.hardware = .with {
                    ($0.cpuVendor, $0.cpuModel, $0.logicalCores, $0.physicalCores) = ("Apple", "M4 Pro", 14, 14)
                    ($0.memoryBytes, $0.osName, $0.osVersion, $0.kernel) = (24 << 30, "macOS", "15.7.3", "24.6.0")
                    ($0.architecture, $0.hostName, $0.unavailable, $0.platform) = (
                        "arm64", "bench", ["energy: none"], "darwin"
                    )
                    $0.gpus = [.with { ($0.name, $0.memoryBytes, $0.driver) = ("H100", 80 << 30, "550.1") }]
                }
            }),
        .modelPhaseStarted(.with { ($0.runID, $0.modelID, $0.model, $0.occurredUnixNs) = ("r1", model.id, model, 14) }),
        .modelPhaseFinished(
            .with {
                ($0.runID, $0.modelID, $0.succeeded, $0.reason, $0.occurredUnixNs) = ("r1", model.id, true, "why", 15)
            }),
        .modelPhaseSkipped(
            .with { ($0.runID, $0.modelID, $0.reason, $0.occurredUnixNs) = ("r1", model.id, "not loaded", 16) }),
        .inferenceSampled(sample),
        .resourceSampled(reading),
        .runCompleted(
            .with { ($0.runID, $0.samples, $0.failedSamples, $0.failedPhases, $0.occurredUnixNs) = ("r1", 5, 1, 1, 17) }
        ),
        .runFailed(.with { ($0.runID, $0.reason, $0.occurredUnixNs) = ("r1", "nothing answered", 18) }),
        .runCancelled(.with { ($0.runID, $0.reason, $0.occurredUnixNs) = ("r1", "by the user", 19) }),
        .runInterrupted(.with { ($0.runID, $0.reason, $0.occurredUnixNs) = ("r1", "killed", 20) }),
        .serverMetricsSampled(
            .with {
                ($0.runID, $0.modelID, $0.scenario, $0.level) = ("r1", model.id, "Capital", 4)
                ($0.rateMillionths, $0.atNs, $0.unavailable) = (500_000, 1_000_000, "404")
                $0.metrics = [
                    .with {
                        ($0.name, $0.value) = ("vllm:num_requests_waiting", 3)
                        $0.labels = ["model_name": "phi", "engine": "0"]
                    }
                ]
            }),
        .sweepEnded(
            .with {
                ($0.runID, $0.modelID, $0.scenario, $0.reason) = ("r1", model.id, "Capital", "the knee was found")
                ($0.kneeRateMillionths, $0.kneeConcurrency, $0.occurredUnixNs) = (2_500_000, 16, 29)
            }),
        .runDeleted(.with { ($0.runID, $0.reason, $0.occurredUnixNs) = ("r1", "a wrong model", 34) }),
        .runRestored(.with { ($0.runID, $0.occurredUnixNs) = ("r1", 35) }),
    ]

    /// What the older schema versions of a sample could say.
    static let olderSample = InferenceSampled.with {
        ($0.runID, $0.modelID, $0.scenario, $0.level, $0.iteration, $0.warmup) = ("r1", model.id, "Capital", 4, 3, true)
        ($0.intendedStartNs, $0.startedNs, $0.connectedNs, $0.sentNs) = (1_000, 1_100, 1_200, 1_300)
        ($0.headersNs, $0.firstByteNs, $0.firstContentNs, $0.lastContentNs) = (2_000, 2_100, 50_002_000, 80_002_000)
        ($0.endedNs, $0.clock, $0.finishReason, $0.httpStatus) = (80_003_000, .kernel, "stop", 200)
        ($0.error, $0.errorMessage) = (.streamError, "the server broke off")
        ($0.promptTokens, $0.completionTokens, $0.reasoningTokens, $0.cachedTokens) = (12, 4, 1, 8)
        ($0.tokenSource, $0.outputText, $0.responseModel, $0.streamed) = (.serverUsage, "Paris.", "phi", true)
        ($0.outputBytes, $0.contentChunks, $0.originalTtftNs) = (6, 3, 1_174_000_000)
        $0.chunkGapsUs = Data(Varints.encode([50_000, 10_000, 20_000]))
        $0.chunkSizes = Data(Varints.encode([2, 2, 2]))
        $0.outputDigest = Data(repeating: 7, count: 32)
        $0.server = .with { ($0.totalNs, $0.loadNs, $0.promptNs, $0.decodeNs, $0.queueNs) = (5, 4, 3, 2, 1) }
    }

    static let sample: InferenceSampled = {
        var sample = olderSample
        (sample.rateMillionths, sample.cooldown) = (2_500_000, true)
        sample.connection = .with {
            ($0.nameLookupNs, $0.connectNs, $0.tlsNs) = (10_000, 20_000, 30_000)
            ($0.readyNs, $0.firstByteNs, $0.totalNs) = (40_000, 50_000, 60_000)
        }
        sample.client = .with {
            ($0.reads, $0.readDelaySumNs, $0.readDelayMaxNs) = (3, 90_000, 60_000)
            ($0.loopLagMaxNs, $0.refillNs) = (70_000, 80_000)
        }
        (sample.sharedReadRuns, sample.userStampedChunks) = (Data(Varints.encode([1, 2])), 1)
        (sample.chunkGapsUs, sample.chunkTimes) = (Data(), Data(Varints.encode([50_000, 10_000, 0, 20_000])))
        (sample.promptIndex, sample.conversation, sample.turn) = (5, 6, 7)
        (sample.askedPromptTokens, sample.maxTokens) = (512, 128)
        return sample
    }()

    static let olderReading = ResourceSampled.with {
        ($0.runID, $0.modelID, $0.scenario, $0.level, $0.atNs) = ("r1", model.id, "Capital", 4, 250_000_000)
        ($0.hostCpuPercent, $0.coreCpuPercent, $0.memoryUsedBytes, $0.memoryUsedPercent) = (
            23.5, [20, 27], 8 << 30, 33.3
        )
        ($0.processCpuPercent, $0.processMemoryBytes, $0.packageEnergyJoules) = (180, 1 << 30, 12.5)
        ($0.afterSample, $0.iteration) = (true, 2)
        $0.gpus = [
            .with {
                ($0.index, $0.utilisationPercent, $0.memoryUsedBytes) = (0, 0, 1 << 30)
                ($0.powerWatts, $0.temperatureCelsius) = (70.5, 41)
            }
        ]
    }

    static let reading: ResourceSampled = {
        var reading = olderReading
        (reading.rateMillionths, reading.swapUsedBytes, reading.processThreads) = (2_500_000, 1 << 20, 17)
        (reading.cpuThrottles, reading.ownCpuPercent) = (3, 1.5)
        reading.disk = .with { ($0.readBytes, $0.writtenBytes) = (4_096, 8_192) }
        reading.network = .with { ($0.receivedBytes, $0.sentBytes) = (100, 200) }
        reading.controlGroup = .with {
            ($0.cpuLimitCores, $0.memoryLimitBytes, $0.memoryUsedBytes, $0.throttledNs) = (1.5, 8 << 30, 1 << 30, 5)
        }
        (reading.gpus[0].energyJoules, reading.gpus[0].throttled) = (99.5, true)
        return reading
    }()

    static let system: [Event] = [
        .logRecorded(
            .with {
                ($0.level, $0.entityType, $0.entityID, $0.message) = (.warn, "benchmark", "r1", "slow")
                ($0.fields, $0.occurredUnixNs) = (["b": "2", "a": "1"], 21)
            }),
        .formulaSetAdopted(
            .with { ($0.name, $0.text, $0.digest, $0.occurredUnixNs) = ("mine/1", "set: mine", "sha256:01", 22) }),
        .serviceStarted(
            .with {
                ($0.softwareVersion, $0.processID, $0.bootID) = ("flperf 0.1.0", 23, "boot")
                ($0.address, $0.occurredUnixNs) = ("http://127.0.0.1:3001", 24)
            }),
        .serviceStopped(.with { ($0.reason, $0.occurredUnixNs) = ("signal", 25) }),
        .runImported(
            .with {
                ($0.runID, $0.tool, $0.fileName, $0.fileDigest) = ("r1", "flperformance", "storage.json", "sha256:02")
                ($0.formulaSet, $0.occurredUnixNs) = ("flperformance/1", 26)
                $0.results = [
                    .with {
                        ($0.resultID, $0.modelID, $0.scenario) = ("x1", model.id, "Capital")
                        ($0.level, $0.createdUnixNs) = (1, 27)
                    }
                ]
            }),
        .textsErased(
            .with {
                ($0.positions, $0.reason, $0.prompts, $0.outputs) = ([3, 300, 70_000], "asked to", true, true)
                ($0.texts, $0.occurredUnixNs) = (4, 28)
            }),
        .scheduleAdded(
            .with {
                ($0.scheduleID, $0.runID, $0.everyNs) = ("s1", "r1", 21_600_000_000_000)
                ($0.firstUnixNs, $0.untilUnixNs, $0.occurredUnixNs) = (36, 37, 38)
            }),
        .scheduleEnded(.with { ($0.scheduleID, $0.reason, $0.occurredUnixNs) = ("s1", "its time is over", 39) }),
        .recomputationApplied(
            .with {
                $0.sets = [.with { ($0.name, $0.digest) = ("mine/1", "sha256:01") }]
                $0.selection = .with {
                    ($0.runs, $0.models, $0.suite, $0.sinceUnixNs) = (["r1"], ["phi-4"], "quick", 40)
                }
                ($0.runIds, $0.modelIds, $0.results) = (["r1", "r2"], [model.id], 5)
                ($0.outcomeDigest, $0.occurredUnixNs) = ("sha256:03", 41)
            }),
    ]

    static let all = lifecycle + run + system

    /// What the golden files of an older schema version read as.
    static let older: [(example: Event, version: UInt16)] = [
        (.runRequested(olderRequest), 1), (.runRequested(olderRequest), 2),
        (.runRequested(requestOf3), 3), (.modelLoaded(olderLoaded), 1),
        (.inferenceSampled(olderSample), 1), (.inferenceSampled(olderSample), 2),
        (.resourceSampled(olderReading), 1),
    ]

    /// The salt of every text in the golden files; a real one is random.
    static let salt: [UInt8] = Array(0..<16)
}
