import Events
import EventStore
import Foundation
import Storage

/// A row that a fold from the first event gives otherwise than it lies in the live tables.
public struct RowDifference: Encodable, Sendable, Equatable {
    /// `<projection>/<table>`.
    public var table: String
    /// The key, its unprintable bytes as dots.
    public var key: String
    /// The live row's bytes as text; nil when only the new fold has it.
    public var live: String?
    /// The refolded row's bytes as text; nil when only the live table has it.
    public var refolded: String?
}

extension Projector {
    /// Folds the log, and those that `include` named, once more in a folder of its own, up to where the live tables are, and
    /// compares every row. Events that the live tables lack are left out there too.
    ///
    /// - Returns: the rows that differ, none if all is well.
    /// - Throws: `CancellationError` when `isCancelled` said so.
    public func check(
        _ names: [String] = [], isCancelled: () -> Bool = { false },
        progress: (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) throws -> [RowDifference] {
        try included.reduce(into: checkOwn(names, isCancelled, progress)) {
            $0 += try $1.checkOwn(names, isCancelled, progress)
        }
    }

    private func checkOwn(
        _ names: [String], _ isCancelled: () -> Bool, _ progress: (_ done: Position, _ of: Position) -> Void
    ) throws -> [RowDifference] {
        let types = try chosen(names)
        let folder = tables.store.folder + "-check-\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let beside = try TablesStore(folder: folder)
        defer { beside.close() }
        // One snapshot of the live tables, so that a process that folds on meanwhile does not disturb.
        return try tables.store.read { live in
            var differences: [RowDifference] = []
            for type in types {
                let position = try tables.checkpoint(of: [type], log, in: live)
                let fold = Projector(
                    log: log, tables: beside, projections: [type],
                    leavingOut: try tables.leftOut(of: type, log, in: live))
                try fold.catchUp(through: position, progress: progress, isCancelled: isCancelled)
                differences += try tables.differences(of: type, log, from: beside, in: live)
            }
            return differences
        }
    }
}

extension Projector {
    /// Folds on to where other tables are, and compares the rows whose keys begin with a part.
    ///
    /// - Parameter live: tables of the same log, further on than these.
    /// - Returns: the rows that differ, `live` being the other tables'.
    public func differences(from live: TablesStore, under key: RowKey) throws -> [RowDifference] {
        try live.store.read { transaction in
            try catchUp(through: live.checkpoint(of: projections, log, in: transaction))
            return try projections.flatMap {
                try live.differences(of: $0, log, from: tables, under: key.bytes, in: transaction)
            }
        }
    }
}

extension TablesStore {
    /// The rows of a projection's live tables that are not the same in another fold of the log, and those that only it has.
    ///
    /// - Parameter prefix: of the keys that are compared; all when it is empty.
    func differences(
        of projection: any Projection.Type, _ log: EventLog, from other: TablesStore, under prefix: [UInt8] = [],
        in live: borrowing ReadTransaction
    ) throws -> [RowDifference] {
        try other.store.read { fresh in
            let spaces = (
                try liveSpace(of: projection, log, in: live), try other.liveSpace(of: projection, log, in: fresh)
            )
            guard let old = spaces.0?.prefix, let new = spaces.1?.prefix else { return [] }
            let suffixes = try Set(Self.suffixes(old, in: live) + Self.suffixes(new, in: fresh))
            return try suffixes.sorted().flatMap { suffix in
                let name = "\(Self.name(of: projection, log))/\(suffix)"
                let tables = (Table<RowKey, [UInt8]>(old + suffix), Table<RowKey, [UInt8]>(new + suffix))
                var differences: [RowDifference] = []
                try tables.0.scan(prefix: prefix, in: live) { key, row in
                    let refolded = try tables.1.get(key, in: fresh)
                    if refolded != row { differences.append(RowDifference(name, key, live: row, refolded: refolded)) }
                    return true
                }
                try tables.1.scan(prefix: prefix, in: fresh) { key, row in
                    guard try !tables.0.contains(key, in: live) else { return true }
                    differences.append(RowDifference(name, key, live: nil, refolded: row))
                    return true
                }
                return differences
            }
        }
    }

    private static func suffixes(_ prefix: String, in transaction: borrowing ReadTransaction) throws -> [String] {
        try transaction.tableNames().filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
}

extension RowDifference {
    fileprivate init(_ table: String, _ key: RowKey, live: [UInt8]?, refolded: [UInt8]?) {
        self.table = table
        self.key = String(decoding: key.bytes.map { (32..<127).contains($0) ? $0 : 46 }, as: UTF8.self)
        self.live = live.map { String(decoding: $0, as: UTF8.self) }
        self.refolded = refolded.map { String(decoding: $0, as: UTF8.self) }
    }
}
