import EventStore
import Events
import Foundation

/// The samples that `bench recompute` measures with, run after run, as a file has them or made up.
struct RecomputeSamples {
    /// A sample as the file has it: 32 bytes, little-endian. Times in µs.
    private struct Record {
        var at: Int64
        var run: UInt32
        var model: UInt16
        var scenario: UInt16
        var ttft: UInt32
        var latency: UInt32
        var completion: UInt32
        /// The prompt's tokens; bit 30 for a failure, bit 31 for one by time.
        var flags: UInt32
    }

    private static let models = 4
    private static let gapsOfSample = 128
    private static let batch = 2_500

    private let ofGaps: Bool
    private let runs: Int
    /// The file's records, or with gaps the key of each sample (run × 4 + model).
    private let file: Data?
    private let gaps: Data?

    private var scenarios: Int { ofGaps ? 1 : 10 }
    private var samplesOfRun: Int { Self.models * scenarios * 250 }
    /// How many there are in all.
    var count: Int { runs * samplesOfRun }

    init(path: String?, ofGaps: Bool, runs: Int) throws {
        self.ofGaps = ofGaps
        func data(_ path: String, bytes: Int) throws -> Data {
            let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
            guard data.count >= bytes else {
                throw Failure(.usage, "\(path) has \(data.count) bytes, \(bytes) are needed for \(runs) runs.")
            }
            return data
        }
        self.runs = runs
        let count = runs * Self.models * (ofGaps ? 1 : 10) * 250
        file = try path.map { try ofGaps ? data("\($0)/tokens.key", bytes: count * 4) : data($0, bytes: count * 32) }
        gaps = try ofGaps ? path.map { try data("\($0)/tokens.u32", bytes: count * Self.gapsOfSample * 4) } : nil
    }

    /// Appends them all, as the runs' events.
    func append(to log: EventLog, progress: (Int) -> Void) async throws -> Int {
        var random = SystemRandomNumberGenerator()
        for run in 0..<runs {
            let id = String(format: "run-%06d", run)
            let requested = RunRequested.with {
                $0.runID = id
                $0.suiteName = "bench"
                $0.models = (0..<Self.models).map { model in
                    .with { ($0.id, $0.alias, $0.modelID) = ("model-\(model)", "model-\(model)", "model-\(model)") }
                }
                $0.scenarios = (0..<scenarios).map { scenario in .with { $0.name = "scenario-\(scenario)" } }
            }
            _ = try await log.append([NewEvent(.runRequested(requested))], to: .run(id))
            for first in stride(from: run * samplesOfRun, to: (run + 1) * samplesOfRun, by: Self.batch) {
                let events = (first..<min(first + Self.batch, (run + 1) * samplesOfRun)).map { index in
                    NewEvent(.inferenceSampled(ofGaps ? chunked(index, &random) : plain(index, &random)))
                }
                _ = try await log.append(events, to: .run(id))
            }
            _ = try await log.append([NewEvent(.runCompleted(.with { $0.runID = id }))], to: .run(id))
            progress((run + 1) * samplesOfRun)
        }
        return count
    }

    private func plain(_ index: Int, _ random: inout some RandomNumberGenerator) -> InferenceSampled {
        let record =
            file.map { $0.withUnsafeBytes { $0.load(fromByteOffset: index * 32, as: Record.self) } }
            ?? madeUp(index, &random)
        return sample(index, record.model, record.scenario) {
            $0.startedNs = record.at % 1_000_000_000_000 * 1_000
            $0.firstContentNs = $0.startedNs + Int64(record.ttft) * 1_000
            $0.endedNs = $0.startedNs + Int64(record.latency) * 1_000
            $0.lastContentNs = $0.endedNs
            $0.promptTokens = UInt64(record.flags & 0x3FFF_FFFF)
            $0.completionTokens = UInt64(record.completion)
            $0.error = record.flags >> 31 == 1 ? .timeout : record.flags >> 30 & 1 == 1 ? .http : .none
        }
    }

    private func madeUp(_ index: Int, _ random: inout some RandomNumberGenerator) -> Record {
        let group = index % (Self.models * scenarios)
        let (ttft, perToken) = (
            UInt32.random(in: 30_000...200_000, using: &random), UInt32.random(in: 8_000...20_000, using: &random)
        )
        let completion = UInt32.random(in: 1...512, using: &random)
        let fault = UInt32.random(in: 0..<1_000, using: &random)
        return Record(
            at: Int64(index) * 10_000, run: 0, model: UInt16(group / scenarios), scenario: UInt16(group % scenarios),
            ttft: ttft, latency: ttft + perToken * (completion - 1), completion: completion,
            flags: UInt32.random(in: 16..<2_048, using: &random) | (fault < 3 ? 3 << 30 : fault < 10 ? 1 << 30 : 0))
    }

    private func chunked(_ index: Int, _ random: inout some RandomNumberGenerator) -> InferenceSampled {
        let key = file.map { $0.withUnsafeBytes { $0.load(fromByteOffset: index * 4, as: UInt32.self) } }
        let model = key.map { UInt16($0 % 4) } ?? UInt16(index % Self.models)
        return sample(index, model, 0) {
            $0.startedNs = Int64(index % samplesOfRun) * 2_000_000_000
            var at = $0.startedNs + 50_000_000
            var arrivals = [at]
            arrivals.reserveCapacity(Self.gapsOfSample + 1)
            for place in 0..<Self.gapsOfSample {
                let gap = gaps.map {
                    $0.withUnsafeBytes {
                        $0.load(fromByteOffset: (index * Self.gapsOfSample + place) * 4, as: UInt32.self)
                    }
                }
                at += Int64(gap ?? UInt32.random(in: 7_000...14_000, using: &random)) * 1_000
                arrivals.append(at)
            }
            $0.chunkArrivals = arrivals
            $0.firstContentNs = arrivals[0]
            $0.lastContentNs = at
            $0.endedNs = at
            $0.contentChunks = UInt64(arrivals.count)
            $0.completionTokens = UInt64(arrivals.count)
        }
    }

    private func sample(
        _ index: Int, _ model: UInt16, _ scenario: UInt16, _ fill: (inout InferenceSampled) -> Void
    ) -> InferenceSampled {
        .with {
            $0.runID = String(format: "run-%06d", index / samplesOfRun)
            $0.modelID = "model-\(model)"
            $0.scenario = "scenario-\(scenario)"
            $0.level = 1
            $0.iteration = UInt32(index % samplesOfRun)
            $0.streamed = true
            $0.tokenSource = .serverUsage
            $0.clock = .kernel
            $0.httpStatus = 200
            fill(&$0)
            $0.intendedStartNs = $0.startedNs
        }
    }
}
