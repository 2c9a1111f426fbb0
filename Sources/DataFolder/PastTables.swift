import EventStore
import Foundation
import ProjectionKit
import Synchronization

/// Tables as they were: folds of the log up to earlier positions, kept for those who ask again.
///
/// Each lies in a folder that is named by its position. Those that were asked for last stay open, and stay on the disk for
/// the next process; the others go once nobody reads them.
final class PastTables: Sendable {
    /// How many are kept.
    static let limit = 4

    private struct Fold {
        var position: Position
        var tables: TablesStore
        var readers: Int
    }
    /// The one that was asked for last at the end.
    private let folds = Mutex<[Fold]>([])
    /// One fold at a time: each costs as much as a rebuild.
    private let folding = Mutex(())
    private let folder: String
    private let log: EventLog

    init(folder: String, log: EventLog) throws {
        self.folder = folder
        self.log = log
        // A log that was restored from a backup may go on otherwise than these did.
        let last = try log.lastPosition()
        for position in positionsOnDisk() where position > last { TablesStore.remove(path(position)) }
    }

    /// The tables as of a position, folded now unless they are kept. Give them back after use.
    ///
    /// - Parameters:
    ///   - leftOut: events that the live tables lack.
    ///   - progress: told how many events are folded, of how many.
    func take(
        _ position: Position, leavingOut leftOut: [PoisonedEvent],
        progress: (Position, Position) -> Void = { _, _ in }
    ) throws -> TablesStore {
        if let tables = kept(position) { return tables }
        return try folding.withLock { _ in
            if let tables = kept(position) { return tables }
            let tables = try fold(position, leftOut, progress)
            folds.withLock { $0.append(Fold(position: position, tables: tables, readers: 1)) }
            prune()
            return tables
        }
    }

    func giveBack(_ position: Position) {
        folds.withLock { folds in
            guard let index = folds.firstIndex(where: { $0.position == position }) else { return }
            folds[index].readers -= 1
        }
        prune()
    }

    func close() {
        let open = folds.withLock { folds in
            defer { folds = [] }
            return folds.map(\.tables)
        }
        for tables in open { tables.close() }
    }

    private func kept(_ position: Position) -> TablesStore? {
        folds.withLock { folds in
            guard let index = folds.firstIndex(where: { $0.position == position }) else { return nil }
            var fold = folds.remove(at: index)
            fold.readers += 1
            folds.append(fold)
            return fold.tables
        }
    }

    private func fold(
        _ position: Position, _ leftOut: [PoisonedEvent], _ progress: (Position, Position) -> Void
    ) throws -> TablesStore {
        try Installation.make(folder)
        let (tables, projector) = try Installation.openTables(path(position), of: log, leavingOut: leftOut)
        do {
            try projector.catchUp(through: position, progress: progress)
            return tables
        } catch {
            tables.close()
            throw error
        }
    }

    private func prune() {
        let (closed, open) = folds.withLock { folds in
            let surplus = folds.filter { $0.readers == 0 }.prefix(max(0, folds.count - Self.limit))
            folds.removeAll { fold in surplus.contains { $0.position == fold.position } }
            return (Array(surplus), folds.map(\.position))
        }
        for fold in closed {
            fold.tables.close()
            TablesStore.remove(path(fold.position))
        }
        let others = positionsOnDisk().filter { !open.contains($0) }
        for position in others.dropLast(max(0, Self.limit - open.count)) { TablesStore.remove(path(position)) }
    }

    private func path(_ position: Position) -> String { "\(folder)/\(position)" }

    /// The one that was used last at the end: opening and closing one change its folder.
    private func positionsOnDisk() -> [Position] {
        let positions = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.compactMap { Position($0) }
        return (positions ?? []).map { position in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path(position))
            return (attributes?[.modificationDate] as? Date ?? .distantPast, position)
        }.sorted { $0 < $1 }.map(\.1)
    }
}
