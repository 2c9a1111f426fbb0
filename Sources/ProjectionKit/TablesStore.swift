import Events
import EventStore
import Foundation
import Storage

/// The disposable environment that the tables lie in, and which generation of each projection's tables is live.
///
/// - `generations`: projection → prefix of its live tables. Those of another machine's log: `<source>/<projection>`.
/// - `checkpoints`: prefix, log's source → position of the last event folded.
/// - `left_out`: prefix, position → `PoisonedEvent` as JSON, an event that is not in those tables.
///
/// Nothing is synced: a killed process loses nothing, and after an unclean stop of the machine (another boot id and no mark
/// of a clean end) the folder is thrown away and folded anew.
public final class TablesStore: Sendable {
    /// The LMDB environment.
    public let store: Store
    private let lock: FolderLock?

    static let generations = Table<String, String>("generations")
    static let checkpoints = Table<RowKey, UInt64>("checkpoints")
    static let leftOut = RowTable<PoisonedEvent>("left_out")

    /// Opens the tables in `folder`, making them when they are not there.
    public init(folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        lock = try FolderLock(folder: folder)
        lock?.prepare()
        var options = Store.Options()
        options.durable = false
        // Some 16 tables for the log of each machine whose events come here.
        options.maxTables = 1024
        store = try Self.open(folder, options)
    }

    private static func open(_ folder: String, _ options: Store.Options) throws -> Store {
        do {
            return try Store(folder: folder, options: options)
        } catch  where error.isDamage {
            // Whatever happened to it, the log has it all.
            FolderLock.empty(folder)
            return try Store(folder: folder, options: options)
        }
    }

    /// Closes the tables; the last process to do so marks them as whole on the disk.
    public func close() {
        let folder = store.folder
        store.close()
        lock?.end(syncing: folder)
    }

    /// Closes the tables and throws them away: the log has it all.
    public func discard() {
        store.close()
        FolderLock.empty(store.folder)
    }

    /// Deletes a folder of tables unless a process has it open.
    public static func remove(_ folder: String) {
        guard let lock = try? FolderLock(folder: folder) else { return }
        lock.remove(folder)
    }

    /// What a log's tables of a projection are known by. Those of a copy are apart from the tables of this machine's own log: a
    /// position, or the id of a model, means another thing there.
    static func name(of projection: any Projection.Type, _ log: EventLog?) -> String {
        guard let log, log.isCopy else { return projection.name }
        return "\(log.source)/\(projection.name)"
    }

    /// The live tables of a projection; nil when it has none yet.
    func liveSpace(
        of projection: any Projection.Type, _ log: EventLog?, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> TableSpace? {
        let name = Self.name(of: projection, log)
        guard let prefix = try Self.generations.get(name, in: transaction) else { return nil }
        return TableSpace(name, prefix: prefix)
    }

    /// The projection over its live tables, for reading in this transaction.
    ///
    /// A projection that was never folded reads as empty.
    /// - Parameter log: whose; this machine's own when nil.
    public func live<P: Projection>(
        _ projection: P.Type, of log: EventLog? = nil, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> P {
        let none = TableSpace(Self.name(of: projection, log), version: P.version, generation: 1)
        return P(try liveSpace(of: projection, log, in: transaction) ?? none)
    }

    /// Position of the last event that all live tables have seen; 0 before the first.
    public func checkpoint(
        of projections: [any Projection.Type], _ log: EventLog, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> Position {
        var least: Position?
        for projection in projections {
            let space = try liveSpace(of: projection, log, in: transaction)
            let position = try space.flatMap { try Self.checkpoint($0, log.source, in: transaction) } ?? 0
            least = min(least ?? position, position)
        }
        return least ?? 0
    }

    static func checkpoint(
        _ space: TableSpace, _ source: SourceID, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> Position? {
        try checkpoints.get(RowKey(space.prefix, source.description), in: transaction)
    }

    static func moveCheckpoint(
        _ space: TableSpace, _ source: SourceID, to position: Position, in transaction: borrowing WriteTransaction
    ) throws {
        try checkpoints.put(RowKey(space.prefix, source.description), position, in: transaction)
    }

    static func noteLeftOut(
        _ event: PoisonedEvent, _ space: TableSpace, in transaction: borrowing WriteTransaction
    ) throws {
        try leftOut.put(RowKey(space.prefix, event.position), event, in: transaction)
    }

    /// The events that are not in a projection's live tables, in their order.
    func leftOut(
        of projection: any Projection.Type, _ log: EventLog, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> [PoisonedEvent] {
        guard let space = try liveSpace(of: projection, log, in: transaction) else { return [] }
        return try Self.leftOut.all(under: RowKey(space.prefix), in: transaction)
    }

    /// Whether there are tables of a projection, by the name of `name(of:_:)`, beside its live ones.
    func hasOthers(
        than kept: TableSpace?, of projection: String, in transaction: borrowing some Transaction & ~Copyable
    ) throws -> Bool {
        try transaction.tableNames().contains { name in
            name.hasPrefix("\(projection)@") && !(kept.map { name.hasPrefix($0.prefix) } ?? false)
        }
    }

    /// Empties every table of a projection, by the name of `name(of:_:)`, but those of one generation.
    static func dropTables(
        of projection: String, but kept: TableSpace?, in transaction: borrowing WriteTransaction
    ) throws {
        for name in try transaction.tableNames() where name.hasPrefix("\(projection)@") {
            if let kept, name.hasPrefix(kept.prefix) { continue }
            try transaction.dropTable(name)
        }
        try dropEntries(of: projection, but: kept, from: checkpoints, in: transaction)
        try dropEntries(of: projection, but: kept, from: Table<RowKey, [UInt8]>("left_out"), in: transaction)
    }

    private static func dropEntries<Value>(
        of projection: String, but kept: TableSpace?, from table: Table<RowKey, Value>,
        in transaction: borrowing WriteTransaction
    ) throws {
        var stale: [RowKey] = []
        let live = kept.map { RowKey($0.prefix).bytes }
        try table.scan(in: transaction) { key, _ in
            let isOurs = key.bytes.starts(with: "\(projection)@".utf8)
            if isOurs && !(live.map { key.bytes.starts(with: $0) } ?? false) { stale.append(key) }
            return true
        }
        for key in stale { _ = try table.delete(key, in: transaction) }
    }
}

extension StoreError {
    /// Whether it says that what is stored is not what was written, by this version of LMDB at least.
    public var isDamage: Bool { [.corrupted, .invalidRecord, .newerVersion].contains(code) }
}
