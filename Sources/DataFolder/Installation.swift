import Commands
import EventStore
import Events
import Formulas
import Foundation
import Logs
import Models
import ProjectionKit
import Results
import Runs
import Samples
import Storage
import Synchronization

/// A data folder that is open: the log, the tables folded from it, and what keeps them in step.
///
/// ```
/// <folder>/log/        the events: the only truth
/// <folder>/sources/    the logs of other machines that are followed here, a folder each: copies, event by event
/// <folder>/tables/     folded from them; may be deleted at any time
/// <folder>/as-of/      tables as they were at earlier positions, likewise
/// <folder>/runs/       a locked file for each run that goes on
/// <folder>/models/     a locked file for each model that is being loaded or downloaded
/// <folder>/formulas/   the user's formula sets, unless they lie elsewhere
/// <folder>/serve.lock  held by the one service of this folder
/// <folder>/schedules.lock  held by the one process that carries out its schedules
/// <folder>/ship.lock   held by the one process that ships its log
/// <folder>/follow.lock  held by the one process that follows other machines' logs into it
/// ```
/// Several processes may have the same folder open.
public final class Installation: Sendable {
    public let folder: String
    public let log: EventLog
    /// What reads answer from where no other point of the log is asked for.
    let opened: TablesStore
    public let projector: Projector
    /// The user's own formula sets.
    public let formulas: FormulaLibrary
    /// The logs of other machines.
    public let sources: SourceLogs
    let past: PastTables
    let modelOperations: ModelOperations
    /// The sets that the log has the text of, by it.
    let parsedSets = Mutex<[String: FormulaSet]>([:])

    /// The tables that the product shows.
    public static let projections: [any Projection.Type] = [
        ModelsProjection.self, RunsProjection.self, ResultsProjection.self, LogsProjection.self,
        SchedulesProjection.self, SamplesProjection.self,
    ]

    /// Opens the folder, making it when it is not there; says of runs whose process died that they were interrupted.
    ///
    /// - Parameters:
    ///   - formulas: where the user's formula sets lie; the data folder's own place for them when nil.
    ///   - point: what every read answers as of; nil for what the tables say now.
    ///   - rebuilding: whether tables that another version of the code made are built anew; false for what does so itself.
    ///   - warn: is given a sentence when a reader that does not end makes the log's file grow.
    ///   - progress: told how far the fold up to that point is.
    /// - Throws: `StoreError`, `LogError` or `LogPointError`, whose sentence names the folder or point and what to do.
    public init(
        folder: String, formulas: String? = nil, asOf point: LogPoint? = nil,
        rebuilding: Bool = true, warn: @escaping @Sendable (String) -> Void = { _ in },
        progress: (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) throws {
        self.folder = folder
        self.formulas = FormulaLibrary(folder: formulas ?? folder + "/formulas")
        try Self.make(folder, mode: 0o700)
        guard access(folder, W_OK) == 0 else {
            throw DataFolderError.notWritable(folder, String(cString: strerror(errno)))
        }
        modelOperations = ModelOperations(folder: folder + "/models")
        log = try EventLog(folder: folder + "/log", warn: warn)
        past = try PastTables(folder: folder + "/as-of", log: log)
        let (live, projector) = try Self.openTables(folder + "/tables", of: log, rebuilding: rebuilding)
        self.projector = projector
        if let point {
            let leftOut = try projector.leftOut()
            live.close()
            opened = try past.take(log.position(of: point), leavingOut: leftOut, progress: progress)
        } else {
            opened = live
        }
        // Positions of other machines' logs are others: as of a point of this one nothing is known of them.
        let sources = SourceLogs(
            folder: point == nil ? folder + "/sources" : nil, tables: opened, projections: Self.projections, warn: warn)
        self.sources = sources
        projector.include { sources.projectors() }
        try closeInterruptedRuns()
    }

    /// The tables, folded anew where they are not what this log and this version of the code make of them.
    static func openTables(
        _ folder: String, of log: EventLog, rebuilding: Bool = true, leavingOut: [PoisonedEvent] = []
    ) throws -> (TablesStore, Projector) {
        try make(folder)
        for isSecondTry in [false, true] {
            let tables = try TablesStore(folder: folder)
            let projector = Projector(log: log, tables: tables, projections: projections, leavingOut: leavingOut)
            do {
                try projector.dropLeftovers()
                let outdated = rebuilding ? try projector.outdated() : []
                if !outdated.isEmpty { try projector.rebuild(outdated) }
                return (tables, projector)
            } catch let error as StoreError where error.isDamage && !isSecondTry {
                // Whatever happened to them, the log has it all.
                tables.discard()
            } catch {
                tables.close()
                throw error
            }
        }
        preconditionFailure("the second try returns or throws")
    }

    static func make(_ folder: String, mode: mode_t = 0o755) throws(DataFolderError) {
        let code = makeFolder(folder, mode: mode)
        guard code != 0 else { return }
        let reason = code == ENOTDIR ? "a file stands where a folder should" : String(cString: strerror(code))
        throw .notWritable(folder, reason)
    }

    /// Closes log and tables. Nothing is lost without it; with it the next start is faster.
    public func close() {
        opened.close()
        past.close()
        sources.close()
        log.close()
    }

    /// Appends events to a stream after `decide` has seen it, again from the start when somebody else was faster.
    ///
    /// - Returns: position of the last event; nil when there was nothing to record.
    @discardableResult
    public func execute(on stream: StreamID, _ decide: ([Event]) throws -> [Event]) async throws -> Position? {
        while true {
            let before = try log.readStream(stream)
            let events = try decide(before.map(\.event))
            guard !events.isEmpty else { return nil }
            do {
                let version = before.last?.version ?? 0
                return try await log.append(events.map { NewEvent($0) }, to: stream, expecting: .exactly(version)).last
            } catch let error as LogError where error.isVersionConflict {
                continue
            }
        }
    }

    /// Records the formula sets that results keep the figures of, text and digest, so that the log itself says what its figures
    /// come from.
    ///
    /// - Parameter others: names of built-in sets that imported runs have as well.
    public func adoptFormulaSets(and others: Set<String> = []) async throws {
        for set in FormulaSet.builtIn
        where others.contains(set.name) || FormulaSet.stored.contains(where: { $0.name == set.name }) {
            _ = try await log.append([set.adoption], to: .system, expecting: .any)
        }
    }
}

extension FormulaSet {
    /// What records the set's text in the log. Recorded again, it changes nothing.
    ///
    /// Of a set of the user's the id follows from the name alone: the log then refuses another text of that name. One of ours may
    /// have another text in another version of this program.
    var adoption: NewEvent {
        let isOurs = FormulaSet.named(name) != nil
        return NewEvent(
            .formulaSetAdopted(
                .with {
                    $0.name = name
                    $0.text = text
                    $0.digest = digest
                }),
            id: EventID(deterministicFrom: "formula-set/\(name)" + (isOurs ? "/\(digest)" : "")))
    }
}

/// Why a data folder could not be used.
public enum DataFolderError: Error, Equatable, Sendable, CustomStringConvertible {
    case notWritable(String, String)
    case served(String, by: String)
    case inUse(String, by: String)
    case elsewhere(run: String, source: String)

    public var description: String {
        switch self {
        case .notWritable(let folder, let reason):
            "Could not write in the data folder \(folder): \(reason). Choose another with --data or FLPERF_DATA, or mend its permissions."
        case .served(let folder, let holder):
            "Could not serve the data folder \(folder): another `flperf serve` (\(holder)) serves it already. "
                + "Stop that one, or choose another folder with --data."
        case .inUse(let purpose, let holder):
            "Could not \(purpose): another flperf (\(holder)) does so already. Stop that one first."
        case .elsewhere(let run, let source):
            "Run '\(run)' was measured on another machine, whose log is \(source): do it there."
        }
    }
}
