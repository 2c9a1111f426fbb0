import Events
import EventStore
import Foundation
import Storage

extension Projector {
    /// Builds tables anew from the first event, beside the live ones, which serve until the swap. One transaction swaps, so
    /// a process killed at any point leaves either the old or the new ones.
    ///
    /// - Parameters:
    ///   - names: of the projections; all of them when empty.
    ///   - skippingPoisoned: whether events that a projection can't take in are left out of its tables and listed by `leftOut`.
    ///     Those that its live tables lack are left out in any case, if they still can't be taken in.
    /// - Throws: `ProjectionError`, `.poisoned` for an event that is not to be left out; `CancellationError` when
    ///   `isCancelled` said so. The live tables then stay, and what was built is taken away.
    public func rebuild(
        _ names: [String] = [], skippingPoisoned: Bool = false, isCancelled: () -> Bool = { false },
        progress: (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) throws {
        var slots = try chosen(names).map { Slot($0, of: log) }
        for other in included {
            try other.rebuild(
                names, skippingPoisoned: skippingPoisoned, isCancelled: isCancelled, progress: progress)
        }
        let lock = try RebuildLock(folder: tables.store.folder, isCancelled: isCancelled)
        defer { lock.release() }
        do {
            let known = Set(try leftOut().map(\.id))
            try beginGenerations(&slots)
            try build(&slots, isCancelled, progress) { skippingPoisoned || known.contains($0.id) }
        } catch {
            // What can't be taken away now is when the folder is opened again.
            try? tables.store.write { transaction in
                for slot in slots {
                    let live = try tables.liveSpace(of: slot.type, log, in: transaction)
                    try TablesStore.dropTables(
                        of: TablesStore.name(of: slot.type, log), but: live, in: transaction)
                }
            }
            throw error
        }
    }

    private func beginGenerations(_ slots: inout [Slot]) throws {
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
    }

    private func build(
        _ slots: inout [Slot], _ isCancelled: () -> Bool, _ progress: (Position, Position) -> Void,
        mayLeaveOut: (PoisonedEvent) -> Bool
    ) throws {
        var reached: Position = 0
        while true {
            guard !isCancelled() else { throw CancellationError() }
            let last = try log.lastPosition()
            var isLive = false
            do {
                reached = try log.foldBatch(from: reached + 1, through: last) { through in
                    try transact(&slots) { transaction, slots in
                        for index in slots.indices { slots[index].checkpoint = reached }
                        let end = try fold(&slots, through: through, in: transaction)
                        isLive = end >= last
                        if isLive { try swap(to: slots, in: transaction) }
                        return end
                    }
                }
            } catch ProjectionError.poisoned(let event) where mayLeaveOut(event) {
                for index in slots.indices where slots[index].type.name == event.projection {
                    slots[index].leftOut[event.position] = event
                }
                continue
            }
            progress(reached, last)
            if isLive { return }
        }
    }

    private func swap(to slots: [Slot], in transaction: borrowing WriteTransaction) throws {
        for slot in slots {
            guard let space = slot.space else { continue }
            try TablesStore.generations.put(space.projection, space.prefix, in: transaction)
            try TablesStore.dropTables(of: space.projection, but: space, in: transaction)
        }
    }

    /// The events that are in none of the live tables of a projection although they are its affair, in its tables' order.
    public func leftOut() throws -> [PoisonedEvent] {
        try tables.store.read { transaction in
            try projections.flatMap { try tables.leftOut(of: $0, log, in: transaction) }
        }
    }

    /// Takes away what a rebuild left that was killed, and the folders of folds beside these tables. Nothing that goes on.
    public func dropLeftovers() throws {
        let folder = URL(fileURLWithPath: tables.store.folder)
        let parent = folder.deletingLastPathComponent().path
        for name in try FileManager.default.contentsOfDirectory(atPath: parent)
        where name.hasPrefix("\(folder.lastPathComponent)-") {
            TablesStore.remove("\(parent)/\(name)")
        }
        guard let lock = try RebuildLock(ifFreeIn: tables.store.folder) else { return }
        defer { lock.release() }
        let abandoned = try tables.store.read { transaction in
            try projections.filter { type in
                try tables.hasOthers(
                    than: tables.liveSpace(of: type, log, in: transaction), of: TablesStore.name(of: type, log),
                    in: transaction)
            }
        }
        guard !abandoned.isEmpty else { return }
        try tables.store.write { transaction in
            for type in abandoned {
                try TablesStore.dropTables(
                    of: TablesStore.name(of: type, log), but: tables.liveSpace(of: type, log, in: transaction),
                    in: transaction)
            }
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
    case poisoned(PoisonedEvent)
    case otherVersion(String, tables: UInt32?, code: UInt32)

    public var description: String {
        switch self {
        case .unknown(let name, let known):
            "Unknown projection '\(name)'. There are: \(known.joined(separator: ", "))."
        case .unwritable(let folder, let reason):
            "Could not rebuild the tables in '\(folder)': \(reason). Mend its permissions."
        case .poisoned(let event):
            "Could not fold event \(event.position) (\(event.type)) into '\(event.projection)': \(event.reason) "
                + "`flperf rebuild --skip-poisoned` leaves it out and says so."
        case .otherVersion(let name, let tables, let code):
            "Could not fold into the tables of '\(name)': they have version \(tables.map { "\($0)" } ?? "unknown"), this "
                + "flperf has \(code), so another flperf has rebuilt them meanwhile. Restart this one."
        }
    }
}
