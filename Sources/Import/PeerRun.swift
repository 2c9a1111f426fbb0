import Crypto
import Events
import Foundation

/// One run as another tool's file tells it, before it is events.
struct PeerRun {
    /// What measured it, as `RunImported.tool` has it: `guidellm`, `vllm`, `aiperf`, `llama-bench`.
    var tool: String
    /// The set that gives back that tool's figures.
    var formulaSet: String
    /// What a person calls what was run.
    var suite: String
    var models: [ModelIdentity]
    /// In the order in which they were made; their run's id is filled in here.
    var samples: [InferenceSampled] = []
    var streaming = true
    var hardware: Hardware?
    var objective: ServiceObjective?
    var arrivals = Arrivals.none
    /// The instant on the wall clock from which the samples' times count, ns since the epoch; nil when the file does not tell.
    var anchorUnixNs: Int64?
    /// Ids that the tool itself gave its results, by level; else they follow from the file.
    var resultIDs: [UInt32: String] = [:]
    var notes: [String] = []

    /// The run's events, the same whenever the file is read again.
    func history(of file: ImportedFile) throws(ImportError) -> ImportedHistory {
        guard !samples.isEmpty else { throw file.unusable("it holds no requests of \(tool)") }
        let run = EventID(deterministicFrom: "import/\(tool)/\(file.digest)").description
        let events =
            [.runRequested(requested(run)), .runImported(imported(run, file)), .runStarted(started(run))]
            + models.flatMap { phase(of: $0, run) } + [.runCompleted(completed(run))]
        var history = ImportedHistory()
        do {
            let stream = try StreamID.run(run)
            history.runs = [
                ImportedHistory.Stream(
                    stream: stream, name: run,
                    events: events.enumerated().map { index, event in
                        (EventID(deterministicFrom: "\(tool)/\(stream)/\(index)"), event)
                    })
            ]
        } catch {
            preconditionFailure("a run's id of ours can't name a stream: \(error)")
        }
        history.notes = notes
        if anchorUnixNs == nil {
            history.notes.append(
                "\(file.name) does not say when it was measured; the run's times are those of this import")
        }
        return history
    }

    private func requested(_ run: String) -> RunRequested {
        var seen: Set<String> = []
        let scenarios = samples.map(\.scenario).filter { seen.insert($0).inserted }
        return .with {
            $0.runID = run
            $0.suiteName = suite
            $0.origin = tool
            $0.scenarios = scenarios.map { name in .with { $0.name = name } }
            $0.models = models
            $0.configuration = .with {
                $0.iterations = (samples.map(\.iteration).max() ?? 0) + 1
                $0.concurrency = Set(samples.map(\.level)).subtracting([0]).sorted()
                $0.ratesMillionths = Set(samples.map(\.rateMillionths)).subtracting([0]).sorted()
                $0.arrivals = arrivals
                $0.streaming = streaming
                if let objective { $0.objective = objective }
            }
            if let anchorUnixNs { $0.occurredUnixNs = anchorUnixNs }
        }
    }

    private func imported(_ run: String, _ file: ImportedFile) -> RunImported {
        .with {
            $0.runID = run
            $0.tool = tool
            $0.fileName = file.name
            $0.fileDigest = file.digest
            $0.formulaSet = formulaSet
            $0.results = results(run)
            if let anchorUnixNs { $0.occurredUnixNs = anchorUnixNs }
        }
    }

    /// Those of closed loops, where a level names one; and only where the file says when they were made.
    private func results(_ run: String) -> [ImportedResult] {
        guard let anchorUnixNs else { return [] }
        struct Key: Hashable { var model: String, scenario: String, level: UInt32 }
        var ends: [Key: Int64] = [:]
        var order: [Key] = []
        for sample in samples where sample.level > 0 {
            let key = Key(model: sample.modelID, scenario: sample.scenario, level: sample.level)
            if ends[key] == nil { order.append(key) }
            ends[key] = max(ends[key] ?? sample.endedNs, sample.endedNs)
        }
        return order.map { key in
            .with {
                $0.resultID =
                    resultIDs[key.level]
                    ?? EventID(deterministicFrom: "result/\(run)/\(key.model)/\(key.scenario)/\(key.level)").description
                $0.modelID = key.model
                $0.scenario = key.scenario
                $0.level = key.level
                $0.createdUnixNs = anchorUnixNs + (ends[key] ?? 0)
            }
        }
    }

    private func started(_ run: String) -> RunStarted {
        .with {
            $0.runID = run
            if let hardware { $0.hardware = hardware }
            if let anchorUnixNs {
                $0.anchorUnixNs = anchorUnixNs
                $0.occurredUnixNs = anchorUnixNs + (samples.map(\.startedNs).min() ?? 0)
            }
        }
    }

    private func phase(of model: ModelIdentity, _ run: String) -> [Event] {
        let own = samples.filter { $0.modelID == model.id }.map { sample in
            var sample = sample
            sample.runID = run
            return Event.inferenceSampled(sample)
        }
        return [.modelPhaseStarted(.with { ($0.runID, $0.modelID) = (run, model.id) })] + own
            + [.modelPhaseFinished(.with { ($0.runID, $0.modelID, $0.succeeded) = (run, model.id, true) })]
    }

    private func completed(_ run: String) -> RunCompleted {
        .with {
            $0.runID = run
            $0.samples = UInt64(samples.count)
            $0.failedSamples = UInt64(samples.count { $0.error != .none })
            if let anchorUnixNs { $0.occurredUnixNs = anchorUnixNs + (samples.map(\.endedNs).max() ?? 0) }
        }
    }
}

extension PeerRun {
    /// A model of which another tool tells no more than its name, and perhaps where it was.
    static func model(_ name: String, at endpoint: String? = nil) -> ModelIdentity {
        .with {
            ($0.id, $0.alias, $0.modelID, $0.backend) = (name, name, name, "imported")
            $0.endpoint = endpoint.flatMap(FLPerformanceStorage.withoutSecrets) ?? ""
        }
    }

    /// Most requests under way at once: what stands for the load where a file does not say what was asked for.
    static func mostAtOnce(_ samples: [InferenceSampled]) -> UInt32 {
        let changes = samples.flatMap { [($0.startedNs, 1), ($0.endedNs, -1)] }.sorted { $0 < $1 }
        var (now, most) = (0, 1)
        for (_, change) in changes {
            now += change
            most = max(most, now)
        }
        return UInt32(most)
    }

    /// Gives the samples their places in the order of their starts.
    static func numbered(_ samples: [InferenceSampled]) -> [InferenceSampled] {
        samples.sorted { $0.startedNs < $1.startedNs }.enumerated().map { index, sample in
            var sample = sample
            sample.iteration = UInt32(index)
            return sample
        }
    }
}
