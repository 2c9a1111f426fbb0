/// A page of `data.mdb` in LMDB 0.9's format, on a little-endian machine with 8-byte words.
///
/// ```
///   0  UInt64  the page's own number      8  UInt16  unused      10  UInt16  kind
///  12  UInt16  lower: end of the node offsets          14  UInt16  upper: start of the nodes
///  16  UInt16  offsets of the nodes within the page, in the order of their keys
/// ```
/// Nodes lie without gaps from `upper` to the page's end. On the first of the pages that hold a long value, bytes 12 to 16 are
/// the number of these pages, and the value begins at 16.
struct Page {
    static let headerSize = 16
    static let branch: UInt16 = 1
    static let leaf: UInt16 = 2
    static let overflow: UInt16 = 4
    static let meta: UInt16 = 8

    let bytes: UnsafeRawPointer

    var number: UInt64 { bytes.load(as: UInt64.self) }
    var kind: UInt16 { bytes.load(fromByteOffset: 10, as: UInt16.self) }
    var lower: Int { Int(bytes.load(fromByteOffset: 12, as: UInt16.self)) }
    var upper: Int { Int(bytes.load(fromByteOffset: 14, as: UInt16.self)) }
    var overflowPages: UInt64 { UInt64(bytes.load(fromByteOffset: 12, as: UInt32.self)) }

    /// How many nodes there are.
    var count: Int { (lower - Page.headerSize) / 2 }

    @inline(__always) func offset(_ index: Int) -> Int {
        Int(bytes.load(fromByteOffset: Page.headerSize + 2 * index, as: UInt16.self))
    }
    @inline(__always) func node(_ index: Int) -> Node { Node(bytes: bytes + offset(index)) }
    @inline(__always) func key(_ index: Int) -> UnsafeRawBufferPointer { node(index).key }
}

/// A node of a page: a record of a leaf, or a child of a branch with the least key that may be below it.
///
/// ```
///   0  UInt32  length of the value, or the lower 32 bits of the child's page number
///   4  UInt16  flags of the value, or the upper bits of that number       6  UInt16  length of the key
///   8  the key, the value; and one unused byte if the sum of the lengths is odd
/// ```
/// The first child's key counts for nothing. A long value's page number (UInt64) stands where the value would.
struct Node {
    static let headerSize = 8
    static let isLong: UInt16 = 1
    static let isTable: UInt16 = 2

    let bytes: UnsafeRawPointer

    var valueSize: Int { Int(bytes.loadUnaligned(as: UInt32.self)) }
    var flags: UInt16 { bytes.load(fromByteOffset: 4, as: UInt16.self) }
    var keySize: Int { Int(bytes.load(fromByteOffset: 6, as: UInt16.self)) }
    var child: UInt64 { UInt64(valueSize) | UInt64(flags) << 32 }

    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes + Node.headerSize, count: keySize) }
    /// How many bytes it takes of the page. It may be more than the page has.
    @inline(__always) func size(isLeaf: Bool) -> Int {
        var size = Node.headerSize &+ keySize
        if isLeaf { size &+= flags & Node.isLong != 0 ? MemoryLayout<UInt64>.size : valueSize }
        return (size &+ 1) & ~1
    }
    /// The value's first byte, or that of a long value's page number.
    var value: UnsafeRawPointer { bytes + (Node.headerSize + keySize) }
}

/// What the file keeps of a tree of pages (48 bytes).
///
/// ```
///   0  UInt32  page size, in the free list's only       4  UInt16  flags       6  UInt16  depth
///   8  UInt64  branch pages   16  UInt64  leaf pages   24  UInt64  pages of long values
///  32  UInt64  records        40  UInt64  page number of the root, or all ones
/// ```
struct Tree: Equatable {
    static let size = 48
    static let integerKeys: UInt16 = 8
    /// More levels than 64-bit page numbers can fill.
    static let depthLimit = 32

    let pageSize: UInt32
    let flags: UInt16
    let depth: Int
    let branchPages: UInt64
    let leafPages: UInt64
    let longValuePages: UInt64
    let count: UInt64
    let root: UInt64

    init(_ bytes: UnsafeRawPointer) {
        pageSize = bytes.loadUnaligned(as: UInt32.self)
        flags = bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        depth = Int(bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        branchPages = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        leafPages = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        longValuePages = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        count = bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self)
        root = bytes.loadUnaligned(fromByteOffset: 40, as: UInt64.self)
    }

    var isEmpty: Bool { root == .max }
    var hasIntegerKeys: Bool { flags & Tree.integerKeys != 0 }

    /// Whether its numbers can be those of a tree in a file of so many pages.
    func isPlausible(pageCount: UInt64, pageSize: Int) -> Bool {
        guard flags == 0 || flags == Tree.integerKeys else { return false }
        if isEmpty { return depth == 0 && branchPages == 0 && leafPages == 0 && longValuePages == 0 && count == 0 }
        guard (1...Tree.depthLimit).contains(depth), branchPages < pageCount, leafPages < pageCount,
            longValuePages < pageCount, branchPages + leafPages + longValuePages < pageCount, leafPages > 0
        else { return false }
        // Every leaf has a record, and a record takes 2 bytes of offset and at least a node of 10 bytes.
        return count >= leafPages && count <= leafPages * UInt64(pageSize / 12)
            && (depth == 1) == (leafPages == 1 && branchPages == 0)
    }
}
