import Events
import Storage
import Transparency

/// Brings the log of an earlier format up to the one that is written now. No stored event changes.
enum LogUpgrade {
    /// Does what there is to do, in one transaction.
    static func bringUpToDate(_ store: Store) throws {
        guard try store.read({ try LogTables.meta.get("format", in: $0) }) == "1" else { return }
        try store.write { transaction in
            // Another process may have been quicker.
            guard try LogTables.meta.get("format", in: transaction) == "1" else { return }
            try growTree(in: transaction)
            try LogTables.meta.put("format", "2", in: transaction)
        }
    }

    /// Format 1 had no hash tree. Its entries of `ids` are read as they are.
    private static func growTree(in transaction: borrowing WriteTransaction) throws {
        var edge = CompactRange()
        var tiles: [TreeNode] = []
        try LogTables.events.scanBytes(in: transaction) { _, bytes in
            edge.append(leaf: Digest(leaf: bytes)) { if LogTree.isTile(level: $0.level) { tiles.append($0) } }
            return true
        }
        for tile in tiles {
            try LogTables.tiles.put(
                LogTables.tileKey(level: tile.level, index: tile.index), tile.digest, in: transaction)
        }
        try LogTables.edge.put("edge", edge, in: transaction)
    }
}
