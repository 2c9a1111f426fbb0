import Testing
import Transparency

@Suite struct TileTests {
    @Test func pathsAreThePublishedOnes() {
        #expect(Tile(level: 0, index: 0).path == "tile/0/000")
        #expect(Tile(level: 0, index: 1_234_067).path == "tile/0/x001/x234/067")
        #expect(Tile(level: 2, index: 1_000, width: 17).path == "tile/2/x001/000.p/17")
        #expect(Tile(level: 0, index: 999, width: 1).entriesPath == "tile/entries/999.p/1")
    }

    /// The example of c2sp.org/tlog-tiles.
    @Test func aTreeOf70000Leaves() {
        let levels = Tile.levels(size: 70_000).map { Array($0) }
        #expect(levels.map(\.count) == [274, 2, 1])
        #expect(levels.map { $0.last!.width } == [112, 17, 1])
        #expect(levels[0].dropLast().allSatisfy { $0.width == 256 })
        #expect(Tile.count(size: 70_000) == 277)
        #expect(Tile.levels(size: 256).map { Array($0).map(\.width) } == [[256], [1]])
        #expect(Tile.levels(size: 0).isEmpty)
        #expect(levels[0][3].endLeaf == 1024)
        #expect(levels[1][1].endLeaf == 69_888)
    }

    @Test func contents() throws {
        let tree = MemoryTree(count: 70_000)
        let tile = Tile(level: 1, index: 1, width: 17)
        let hashes = try tile.hashes(from: tree)
        #expect(hashes.count == 17 * 32)
        #expect(Array(hashes.suffix(32)) == tree.nodes[8][256 + 16].bytes)
        let entries = try Tile(level: 0, index: 0, width: 2).entries(from: tree)
        #expect(entries == [0, 6] + Array("leaf 0".utf8) + [0, 6] + Array("leaf 1".utf8))
    }

    @Test func anEntryThatIsTooLongIsNamed() throws {
        let longest = [UInt8](repeating: 7, count: 65_535)
        let bytes = try Tile(level: 0, index: 0, width: 1).entries(from: MemoryTree([longest]))
        #expect(bytes.prefix(3) == [0xFF, 0xFF, 7])
        #expect(bytes.count == 65_537)
        let error = #expect(throws: ProofError.self) {
            try Tile(level: 0, index: 0, width: 2).entries(from: MemoryTree([[], longest + [7]]))
        }
        #expect(error?.description.contains("Event 2 has 65536 bytes") == true)
    }
}
