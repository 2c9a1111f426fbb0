import EventStore
import Logs
import Models
import ProjectionKit
import Results
import Runs
import Storage

/// What was asked for, and up to which event it is true.
public struct Answer<Value: Sendable>: Sendable {
    public var value: Value
    /// Position of the last event that the tables had seen.
    public var position: Position
}

/// One run with its results and its models' scores.
public struct RunDetail: Sendable {
    public var run: RunRow
    public var results: [ResultRow]
    public var scores: [ScoreRow]
}

/// Each reads in one snapshot of the tables.
extension Installation {
    /// Every model, in order of id.
    public func models() throws -> Answer<[ModelRow]> {
        try answer { try tables.live(ModelsProjection.self, in: $0).all(in: $0) }
    }

    /// Every model of the machines that are followed here, in order of source and id. What can be done with one is done there.
    public func modelsElsewhere() throws -> Answer<[ModelRow]> {
        try answer { transaction in
            try sources.logs().flatMap {
                try tables.live(ModelsProjection.self, of: $0, in: transaction).all(in: transaction)
            }
        }
    }

    /// The model of this id, or of this alias or exact name when only one has it; nil when there is none.
    public func model(_ name: String) throws -> ModelRow? {
        let named = try models(named: name)
        return named.count == 1 ? named[0] : nil
    }

    /// The registered models that a person may mean: the one of this id, else those of this alias or exact name.
    public func models(named name: String) throws -> [ModelRow] {
        let all = try models().value
        if let model = all.first(where: { $0.id == name }) { return [model] }
        return all.filter { $0.alias.lowercased() == name.lowercased() || $0.model_id == name }
    }

    /// Every run that is not deleted, of this machine and of those that are followed here, newest first.
    public func runs() throws -> Answer<[RunRow]> {
        try answer { transaction in
            try logs.flatMap { try tables.live(RunsProjection.self, of: $0, in: transaction).all(in: transaction) }
                .sorted { ($0.created_at, $0.id) > ($1.created_at, $1.id) }
        }
    }

    /// A run of this machine that goes on; nil when none does.
    public func runGoingOn() throws -> RunRow? {
        try runs().value.first { $0.status == .running && $0.source == log.source.description }
    }

    /// Every deleted run, newest first.
    public func deletedRuns() throws -> Answer<[RunRow]> {
        try answer { try tables.live(RunsProjection.self, in: $0).deleted(in: $0) }
    }

    /// One deleted run by its id, or by a beginning of it that only one of them has; nil when there is none.
    public func deletedRun(_ name: String) throws -> RunRow? {
        try deletedRuns().value.named(name)
    }

    /// One run by its id, or by a beginning of it that only one has, or `latest`; nil when there is none or it is deleted.
    public func run(_ name: String) throws -> Answer<RunDetail?> {
        try answer { transaction in
            let all = try logs.map { log in
                (log: log, runs: try tables.live(RunsProjection.self, of: log, in: transaction))
            }
            var found = try all.lazy.compactMap { try $0.runs.run(name, in: transaction) }.first
            if found == nil {
                let rows = try all.map { try $0.runs.all(in: transaction) }
                // This machine's own, where it has any.
                let newest = rows.first?.first ?? rows.compactMap(\.first).max { $0.created_at < $1.created_at }
                found = name == "latest" ? newest : rows.flatMap(\.self).named(name)
            }
            return try found.map { run in
                let results = try tables.live(ResultsProjection.self, of: log(ofSource: run.source), in: transaction)
                return RunDetail(
                    run: run, results: try results.results(of: run.id, in: transaction),
                    scores: try results.scores(of: run.id, in: transaction))
            }
        }
    }

    /// Results, of one run or of all, of this machine and of those that are followed here; in the run's order of models and
    /// scenarios.
    public func results(run: String? = nil) throws -> Answer<[ResultRow]> {
        try answer { transaction in
            try logs.flatMap { log in
                let results = try tables.live(ResultsProjection.self, of: log, in: transaction)
                return try run.map { try results.results(of: $0, in: transaction) } ?? results.all(in: transaction)
            }
        }
    }

    /// One run by its whole id, without its results; nil when there is none or it is deleted.
    public func runRow(_ id: String) throws -> RunRow? {
        try answer { transaction in
            try logs.lazy.compactMap {
                try tables.live(RunsProjection.self, of: $0, in: transaction).run(id, in: transaction)
            }.first
        }.value
    }

    /// A run's results and scores as lists of JSON, undecoded: what is passed on as it is. Nil when that can't be done, and
    /// `run` has to be read.
    ///
    /// - Parameters:
    ///   - row: takes a result's JSON to the end of a list.
    public func resultsJSON(
        of run: RunRow, row: (UnsafeRawBufferPointer, inout [UInt8]) -> Void
    ) throws -> (results: [UInt8], scores: [UInt8])? {
        try answer { transaction in
            let projection = try tables.live(ResultsProjection.self, of: log(ofSource: run.source), in: transaction)
            let (comma, end) = (UInt8(ascii: ","), UInt8(ascii: "]"))
            var (results, scores) = (Array("[".utf8), Array("[".utf8))
            let isWhole = try projection.lend(of: run.id, in: transaction) { bytes in
                if results.count > 1 { results.append(comma) }
                row(bytes, &results)
            }
            guard isWhole else { return nil }
            try projection.lendScores(of: run.id, in: transaction) { bytes in
                if scores.count > 1 { scores.append(comma) }
                scores.append(contentsOf: bytes)
            }
            return (results + [end], scores + [end])
        }.value
    }

    /// Lines of the product's own log, newest first.
    ///
    /// - Parameters:
    ///   - entityID: of one model or run; nil for all.
    ///   - source: the machine whose log it is; this one when nil.
    public func logs(_ limit: Int, entityID: String? = nil, source: String? = nil) throws -> Answer<[LogRow]> {
        try answer { transaction in
            try tables.live(LogsProjection.self, of: source.map(log(ofSource:)) ?? log, in: transaction)
                .newest(limit, entityID: entityID, in: transaction)
        }
    }

    /// The log of this machine, then those of others that are followed here.
    var logs: [EventLog] { [log] + sources.logs() }

    /// The log that rows of this source come from.
    func log(ofSource source: String) -> EventLog {
        source == log.source.description ? log : sources.logs().first { $0.source.description == source } ?? log
    }

    /// - Throws: `DataFolderError.elsewhere` when the run is not of this machine, and only that one can do what is asked.
    public func requireOwn(_ run: RunRow) throws(DataFolderError) {
        guard run.source == log.source.description else { throw .elsewhere(run: run.id, source: run.source) }
    }

    /// Most snapshots that a read takes anew.
    private static let readAttempts = 3

    func answer<Value: Sendable>(_ body: (borrowing ReadTransaction) throws -> Value) throws -> Answer<Value> {
        var attempts = 0
        while true {
            do {
                return try tables.store.read { transaction in
                    let position = try tables.checkpoint(of: Self.projections, log, in: transaction)
                    return Answer(value: try body(transaction), position: position)
                }
            } catch let error as StoreError where error.code == .locked && attempts < Self.readAttempts {
                // Another process has just made the tables: a newer snapshot can read them.
                attempts += 1
            }
        }
    }
}

extension [RunRow] {
    /// The one of this id, or with this beginning of an id that only one has.
    fileprivate func named(_ name: String) -> RunRow? {
        if let run = first(where: { $0.id == name }) { return run }
        let matching = filter { name.count >= 4 && $0.id.hasPrefix(name) }
        return matching.count == 1 ? matching[0] : nil
    }
}
