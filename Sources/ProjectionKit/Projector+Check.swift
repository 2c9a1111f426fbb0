import Events
import EventStore
import Foundation
import Storage

/// A row that a fold from the first event gives otherwise than it lies in the live tables.
public struct RowDifference: Sendable, Equatable {
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
    /// compares every row.
    ///
    /// - Returns: the rows that differ, none if all is well.
    public func check(
        _ names: [String] = [], progress: (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) throws -> [RowDifference] {
        try included.reduce(into: checkOwn(names, progress: progress)) {
            $0 += try $1.checkOwn(names, progress: progress)
        }
    }

    private func checkOwn(
        _ names: [String], progress: (_ done: Position, _ of: Position) -> Void
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
                try Projector(log: log, tables: beside, projections: [type]).catchUp(
                    through: position, progress: progress)
                try beside.store.read { fresh in
                    let prefixes = try [
                        tables.liveSpace(of: type, log, in: live), beside.liveSpace(of: type, log, in: fresh),
                    ].map { $0?.prefix }
                    guard let old = prefixes[0], let new = prefixes[1] else { return }
                    let suffixes = try Set(Self.suffixes(old, in: live) + Self.suffixes(new, in: fresh))
                    for suffix in suffixes.sorted() {
                        differences += try Self.compare(
                            "\(TablesStore.name(of: type, log))/\(suffix)", Self.rows(old + suffix, in: live),
                            Self.rows(new + suffix, in: fresh))
                    }
                }
            }
            return differences
        }
    }

    private static func suffixes(_ prefix: String, in transaction: borrowing ReadTransaction) throws -> [String] {
        try transaction.tableNames().filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    private static func rows(_ name: String, in transaction: borrowing ReadTransaction) throws -> [[UInt8]: [UInt8]] {
        var rows: [[UInt8]: [UInt8]] = [:]
        try Table<[UInt8], [UInt8]>(name).scan(in: transaction) { key, value in
            rows[key] = value
            return true
        }
        return rows
    }

    private static func compare(_ table: String, _ live: [[UInt8]: [UInt8]], _ fresh: [[UInt8]: [UInt8]])
        -> [RowDifference]
    {
        Set(live.keys).union(fresh.keys).sorted { $0.lexicographicallyPrecedes($1) }
            .filter { live[$0] != fresh[$0] }
            .map { key in
                RowDifference(
                    table: table, key: String(decoding: key.map { (32..<127).contains($0) ? $0 : 46 }, as: UTF8.self),
                    live: live[key].map { String(decoding: $0, as: UTF8.self) },
                    refolded: fresh[key].map { String(decoding: $0, as: UTF8.self) })
            }
    }
}
