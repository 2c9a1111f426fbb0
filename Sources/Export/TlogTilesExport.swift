import EventStore
import Foundation
import Transparency

/// A log as files that any web server can serve and any client of C2SP tlog-tiles can read: `checkpoint`, `tile/` and
/// `tile/entries/` (c2sp.org/tlog-tiles).
///
/// Every file is written beside and renamed, and the checkpoint last, so an export that was interrupted has no checkpoint
/// that speaks of files which are not there. A later export into the same folder only adds.
public enum TlogTilesExport {
    /// What an export did.
    public struct Summary: Equatable, Sendable {
        /// The checkpoint that was written.
        public var checkpoint: SignedCheckpoint
        /// How many files were written, the checkpoint included.
        public var filesWritten: UInt64 = 0
        /// How many were there already.
        public var filesKept: UInt64 = 0
    }

    /// How many files are written from one snapshot of the log: a snapshot that is kept long makes the log's file grow.
    private static let tilesPerSnapshot: UInt64 = 16

    /// Writes the log as it is now into a folder, which is made when it is not there. Memory does not grow with the log.
    ///
    /// - Parameters:
    ///   - key: signs the checkpoint; its name is the log's origin.
    ///   - entries: false leaves the events themselves out: then only hashes are given away.
    ///   - isCancelled: asked before each snapshot; when it says so, the export ends with `CancellationError`.
    ///   - progress: called with the files done and all there are.
    /// - Throws: `TlogTilesError`, `LogError`; `ProofError` for an event that is too long for a bundle.
    public static func write(
        log: EventLog, key: SignerKey, to folder: String, entries: Bool = true, isCancelled: () -> Bool = { false },
        progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> Summary {
        let tiles = try TilesFolder(claiming: folder)
        let (size, root) = try log.tree { (size: $0.size, root: try $0.root()) }
        let covered = try covered(in: tiles, by: log, size: size, origin: key.verifier.name)
        var summary = Summary(
            checkpoint: try Checkpoint(origin: key.verifier.name, size: size, root: root).signed(by: key))

        let levels = Tile.levels(size: size)
        let total = levels.reduce(0) { $0 + UInt64($1.count) } + (entries ? UInt64(levels.first?.count ?? 0) : 0) + 1
        for (level, all) in levels.enumerated() {
            for first in stride(from: 0, to: all.count, by: Int(tilesPerSnapshot)) {
                if isCancelled() { throw CancellationError() }
                try log.tree { tree in
                    for offset in first..<min(all.count, first + Int(tilesPerSnapshot)) {
                        let tile = all[all.index(all.startIndex, offsetBy: offset)]
                        let isCovered = tile.endLeaf <= covered
                        summary.count(
                            try tiles.add(tile.path, mayBeThere: isCovered) { try tile.hashes(from: tree) })
                        guard entries, level == 0 else { continue }
                        summary.count(
                            try tiles.add(tile.entriesPath, mayBeThere: isCovered) { try tile.entries(from: tree) })
                    }
                }
                progress(summary.filesWritten + summary.filesKept, total)
            }
        }
        try log.sync()
        tiles.synchronize()
        summary.count(try tiles.add("checkpoint", mayBeThere: false) { Array(summary.checkpoint.note.encoded.utf8) })
        progress(total, total)
        return summary
    }

    /// How many events the folder's checkpoint covers: files of those are there and right. 0 without a checkpoint.
    private static func covered(in tiles: TilesFolder, by log: EventLog, size: UInt64, origin: String) throws -> UInt64
    {
        guard let bytes = try tiles.content(of: "checkpoint") else { return 0 }
        let there: Checkpoint
        do {
            there = try SignedCheckpoint(parsing: bytes).checkpoint
        } catch {
            throw TlogTilesError.foreign(tiles.path, "its file 'checkpoint' is none: \(error)")
        }
        guard there.origin == origin else {
            throw TlogTilesError.foreign(tiles.path, "it has the log '\(there.origin)', and this one is '\(origin)'")
        }
        guard there.size <= size else {
            throw TlogTilesError.diverged(
                tiles.path, "it covers \(there.size) events, and the log has only \(size)")
        }
        let root = try log.tree { try $0.root(size: there.size) }
        guard root == there.root else {
            throw TlogTilesError.diverged(
                tiles.path,
                "its checkpoint of \(there.size) events has the root \(there.root.base64), and the log at that size \(root.base64)"
            )
        }
        return there.size
    }
}

extension TlogTilesExport.Summary {
    fileprivate mutating func count(_ isWritten: Bool) {
        if isWritten { filesWritten += 1 } else { filesKept += 1 }
    }
}

/// Why a log could not be exported into a folder.
public enum TlogTilesError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The folder has another log.
    case foreign(String, String)
    /// The folder has what this log was, and this log is no longer that: one of them was tampered with.
    case diverged(String, String)
    /// A file could not be written or read.
    case file(String, String)

    public var description: String {
        switch self {
        case .foreign(let folder, let reason):
            "Could not export into \(folder): \(reason). Choose another folder."
        case .diverged(let folder, let reason):
            "Could not export into \(folder): \(reason). The log does not extend what was exported: one of them was changed."
        case .file(let path, let reason):
            "Could not write \(path): \(reason)."
        }
    }
}
