import EventStore
import Foundation
import ProjectionKit
import Synchronization

/// The logs of other machines that are followed here: `<data>/sources/<source>/log`, each a copy of that machine's log, event by
/// event, and folded into tables of its own.
///
/// Deleting a source's folder is safe while nobody has the data folder open: its events come again.
public final class SourceLogs: Sendable {
    private struct Source {
        var log: EventLog
        var projector: Projector
    }

    private struct State {
        var sources: [SourceID: Source] = [:]
        /// What could not be opened, and was told.
        var failed: Set<String> = []
        var isClosed = false
    }

    private let folder: String?
    private let tables: TablesStore
    private let projections: [any Projection.Type]
    private let warn: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameter folder: nil where only this machine's log is read.
    init(
        folder: String?, tables: TablesStore, projections: [any Projection.Type],
        warn: @escaping @Sendable (String) -> Void
    ) {
        (self.folder, self.tables, self.projections, self.warn) = (folder, tables, projections, warn)
    }

    /// Every log that is there, in order of their sources; those that another process has begun too.
    public func logs() -> [EventLog] { all().map(\.log) }

    func projectors() -> [Projector] { all().map(\.projector) }

    /// The copy of a source's log, made when it is not there.
    public func log(of source: SourceID) throws -> EventLog {
        try state.withLock { try open(source, &$0).log }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            for source in state.sources.values { source.log.close() }
            state.sources = [:]
        }
    }

    private func all() -> [Source] {
        let names = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? []
        return state.withLock { state in
            for name in names {
                guard let source = SourceID(name), !state.failed.contains(name), !state.isClosed else { continue }
                do { _ = try open(source, &state) } catch {
                    // One that is damaged must not keep the others from being read.
                    state.failed.insert(name)
                    warn("\(error) The other logs are read.")
                }
            }
            return state.sources.values.sorted { $0.log.source.description < $1.log.source.description }
        }
    }

    private func open(_ source: SourceID, _ state: inout State) throws -> Source {
        if let known = state.sources[source] { return known }
        guard let folder else { preconditionFailure("a log is followed into tables of now") }
        let path = "\(folder)/\(source)"
        for part in [folder, path] { try Installation.make(part, mode: 0o700) }
        let log = try EventLog(folder: path + "/log", source: source, isCopy: true, warn: warn)
        let projector = Projector(log: log, tables: tables, projections: projections)
        do {
            let outdated = try projector.outdated()
            if !outdated.isEmpty { try projector.rebuild(outdated) }
        } catch {
            log.close()
            throw error
        }
        let opened = Source(log: log, projector: projector)
        state.sources[source] = opened
        return opened
    }
}
