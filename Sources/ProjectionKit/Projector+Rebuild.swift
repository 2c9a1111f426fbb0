import Events
import EventStore
import Foundation
import Storage

extension Projector {
    /// Builds tables anew from the first event, beside the live ones, which serve until the swap. One transaction swaps, so
    /// a process killed at any point leaves either the old or the new ones.
    ///
    /// - Parameter names: of the projections; all of them when empty.
    /// - Throws: `ProjectionError.unknown` naming what there is; `CancellationError` when `isCancelled` said so.
    public func rebuild(
        _ names: [String] = [], isCancelled: () -> Bool = { false },
        progress: (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) throws {
        var slots = try chosen(names).map { Slot($0, of: log) }
        for other in included { try other.rebuild(names, isCancelled: isCancelled, progress: progress) }
        let lock = try RebuildLock(folder: tables.store.folder, isCancelled: isCancelled)
        defer { lock.release() }
        try tables.store.write { transaction in
            for index in slots.indices {
                let type = slots[index].type
                let name = TablesStore.name(of: type, log)
                let live = try tables.liveSpace(of: type, log, in: transaction)
                // Two generations that take turns: LMDB's table names are limited.
                let next = TableSpace(name, version: type.version, generation: live?.generation == 1 ? 2 : 1)
                try TablesStore.dropTables(of: name, but: live, in: transaction)
                slots[index].take(next, 0)
            }
        }
        while true {
            guard !isCancelled() else { throw CancellationError() }
            let last = try log.lastPosition()
            var isLive = false
            let reached = try tables.store.write { transaction in
                let reached = try Self.fold(&slots, log, through: last, in: transaction)
                guard reached >= last else { return reached }
                for slot in slots {
                    guard let space = slot.space else { continue }
                    try TablesStore.generations.put(space.projection, space.prefix, in: transaction)
                    try TablesStore.dropTables(of: space.projection, but: space, in: transaction)
                }
                isLive = true
                return reached
            }
            progress(reached, last)
            if isLive { return }
        }
    }

    /// The projections whose live tables another version of the code made, or that were folded from another log, or from
    /// more of it than there is now (it was restored from a backup); to be rebuilt before they are read.
    public func outdated() throws -> [String] {
        try tables.store.read { transaction in
            try projections.filter { type in
                guard let live = try tables.liveSpace(of: type, log, in: transaction) else { return false }
                guard live.version == type.version,
                    let position = try TablesStore.checkpoint(live, log.source, in: transaction)
                else { return true }
                return try position > log.lastPosition()
            }.map { $0.name }
        }
    }

    func chosen(_ names: [String]) throws -> [any Projection.Type] {
        for name in names where !projections.contains(where: { $0.name == name }) {
            throw ProjectionError.unknown(name, known: projections.map { $0.name })
        }
        return names.isEmpty ? projections : projections.filter { names.contains($0.name) }
    }
}

/// Why a projection could not be worked on.
public enum ProjectionError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknown(String, known: [String])
    case unwritable(String, reason: String)
    case otherVersion(String, tables: UInt32?, code: UInt32)

    public var description: String {
        switch self {
        case .unknown(let name, let known):
            "Unknown projection '\(name)'. There are: \(known.joined(separator: ", "))."
        case .unwritable(let folder, let reason):
            "Could not rebuild the tables in '\(folder)': \(reason). Mend its permissions."
        case .otherVersion(let name, let tables, let code):
            "Could not fold into the tables of '\(name)': they have version \(tables.map { "\($0)" } ?? "unknown"), this "
                + "flperf has \(code), so another flperf has rebuilt them meanwhile. Restart this one."
        }
    }
}
