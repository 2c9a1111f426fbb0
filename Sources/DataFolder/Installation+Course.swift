import EventStore
import Events
import Formulas
import Foundation
import Results
import Runs
import Storage

/// A run in the order of time: where each of its requests stands in the log, and what the machine did meanwhile.
public struct RunCourse: Sendable {
    /// One request that was sent, by what tells it apart; the rest stands in its event.
    public struct Request: Sendable {
        public var position: Position
        public var model: String
        public var scenario: String
        /// Requests in flight that were asked for; 0 in an open loop.
        public var level: Int
        /// Requests per second that an open loop was asked for; nil in a closed loop.
        public var rate: Double?
        /// Of the scenario, model and level, from 0.
        public var iteration: UInt32
        /// ns since the run's anchor.
        public var started: Int64
        public var ended: Int64
        /// Neither warm-up nor cool-down.
        public var isMeasured: Bool
        public var failed: Bool
        /// Chunks that arrived one by one.
        public var isStreamed: Bool
    }

    /// What was read of the machine at one time; nil where it could not be.
    public struct Reading: Sendable {
        /// s since the run's anchor.
        public var at: Double
        /// Percent of all cores.
        public var cpu: Double?
        /// Percent of the host's memory.
        public var memory: Double?
        /// Percent of one core: the model server's process.
        public var serverCPU: Double?
        /// Percent, mean of the GPUs that tell.
        public var gpu: Double?
        /// W, sum of the GPUs that tell.
        public var gpuPower: Double?
    }

    public var requests: [Request] = []
    public var readings: [Reading] = []
}

/// The values of a result's requests, one of each in every list: whole answers that count.
public struct RequestValues: Sendable {
    /// The result's id.
    public var result: String
    public var model: String
    /// `e2e` of `standard/1`, ms; NaN where it is null, and so the next two.
    public var latency: [Double] = []
    /// `ttft` of `standard/1`, ms.
    public var firstToken: [Double] = []
    /// `tpot` of `standard/1`, ms.
    public var timePerToken: [Double] = []
}

extension Installation {
    /// Reads a run's requests and readings from the log, in one pass over its positions.
    public func course(of run: RunRow) throws -> RunCourse {
        var course = RunCourse()
        let log = log(ofSource: run.source)
        let id = Array(run.id.utf8)
        try log.scan(from: run.first_position, through: run.last_position) { (raw: borrowing RawEvent) in
            if let sample = try raw.sample() {
                guard sample.runID.elementsEqual(id), sample.error != .shed else { return true }
                course.requests.append(
                    .init(
                        position: raw.position, model: String(decoding: sample.modelID, as: UTF8.self),
                        scenario: String(decoding: sample.scenario, as: UTF8.self), level: Int(sample.level),
                        rate: sample.rateMillionths > 0 ? Double(sample.rateMillionths) / 1e6 : nil,
                        iteration: sample.iteration,
                        started: sample.sentNs ?? sample.startedNs, ended: sample.lastContentNs ?? sample.endedNs,
                        isMeasured: !sample.warmup && !sample.cooldown, failed: sample.error != .none,
                        isStreamed: sample.streamed && !sample.chunkTimes.isEmpty || !sample.chunkGapsUs.isEmpty))
            } else if raw.type == .resourceSampled {
                if case .resourceSampled(let event) = try log.decoded(raw).event, event.runID == run.id {
                    course.readings.append(.init(event))
                }
            }
            return true
        }
        return course
    }

    /// What the requests of these results took, each by its own.
    public func requestValues(of rows: [ResultRow]) throws -> [RequestValues] {
        let set = FormulaSet.standard
        return try tables.store.read { transaction in
            let groups = GroupReader(self, tables, set.inputsNeeded)
            return try rows.map { row in
                var values = RequestValues(result: row.id, model: row.model_id)
                guard
                    let group = try groups.group(of: row, in: transaction),
                    let isWarmup = group.samples["warmup"]
                else { return values }
                let table = set.sampleValues(samples: group.samples, constants: group.constants)
                guard let isWhole = table["ok"], let latency = table["e2e"], let first = table["ttft"],
                    let perToken = table["tpot"]
                else { return values }
                for index in isWhole.indices where isWhole[index] == 1 && isWarmup[index] == 0 {
                    values.latency.append(latency[index])
                    values.firstToken.append(first[index])
                    values.timePerToken.append(perToken[index])
                }
                return values
            }
        }
    }
}

/// One request of a result, with the values that a formula set has of it.
public struct EvaluatedRequest: Sendable {
    public var request: RunCourse.Request
    /// By the names of the set's `sample` figures; NaN where one is null.
    public var values: [String: Double]
}

extension Installation {
    /// The requests that a result comes from, in their order, with the set's values of each.
    public func requests(of row: ResultRow, in run: RunRow, with set: FormulaSet) throws -> [EvaluatedRequest] {
        let requests = try course(of: run).requests.filter {
            $0.model == row.model_id && $0.scenario == row.scenario && $0.rate == row.rate
                && (row.rate != nil || $0.level == row.concurrency)
        }
        let names = set.metrics.filter { $0.section == .sample }.map(\.name)
        let table: SampleTable? = try tables.store.read { transaction in
            try GroupReader(self, tables, set.inputsNeeded).group(of: row, in: transaction).map {
                set.sampleValues(samples: $0.samples, constants: $0.constants)
            }
        }
        // Both are in the order of the log. Where the run goes on, one may be ahead of the other.
        return requests.enumerated().map { index, request in
            let known = table.map { index < $0.count } ?? false
            return EvaluatedRequest(
                request: request,
                values: Dictionary(
                    uniqueKeysWithValues: names.map { ($0, known ? table?[$0]?[index] ?? .nan : .nan) }))
        }
    }
}

extension RunCourse.Reading {
    fileprivate init(_ event: ResourceSampled) {
        let utilisations = event.gpus.compactMap { $0.hasUtilisationPercent ? $0.utilisationPercent : nil }
        let powers = event.gpus.compactMap { $0.hasPowerWatts ? $0.powerWatts : nil }
        self.init(
            at: Double(event.atNs) / 1e9, cpu: event.hasHostCpuPercent ? event.hostCpuPercent : nil,
            memory: event.hasMemoryUsedPercent ? event.memoryUsedPercent : nil,
            serverCPU: event.hasProcessCpuPercent ? event.processCpuPercent : nil,
            gpu: utilisations.isEmpty ? nil : utilisations.reduce(0, +) / Double(utilisations.count),
            gpuPower: powers.isEmpty ? nil : powers.reduce(0, +))
    }
}
