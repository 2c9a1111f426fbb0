import CHash

/// A SHA-256 digest: 32 bytes, and what RFC 6962 makes of it in its tree.
public struct Digest: Hashable, Sendable, BitwiseCopyable {
    /// How many bytes a digest has.
    public static let byteCount = 32

    private var words: SIMD4<UInt64> = .zero

    /// The digest of no leaves at all: SHA-256 of nothing (RFC 6962, section 2.1).
    public static let ofEmptyTree = Digest(of: UnsafeRawBufferPointer(start: nil, count: 0))

    /// SHA-256 of the bytes.
    public init(of bytes: UnsafeRawBufferPointer) {
        withUnsafeMutableBytes(of: &words) { chash_sha256(bytes.baseAddress, bytes.count, $0.baseAddress) }
    }

    /// The hash of a leaf: SHA-256 of 0x00 and the stored bytes (RFC 6962, section 2.1).
    public init(leaf bytes: UnsafeRawBufferPointer) {
        withUnsafeMutableBytes(of: &words) {
            chash_sha256_leaf(bytes.baseAddress, bytes.count, $0.baseAddress)
        }
    }

    /// The hash of a node: SHA-256 of 0x01 and the two below it (RFC 6962, section 2.1).
    public init(node left: Digest, _ right: Digest) {
        Swift.withUnsafeBytes(of: (left.words, right.words)) { pair in
            withUnsafeMutableBytes(of: &words) { chash_sha256_node(pair.baseAddress, $0.baseAddress) }
        }
    }

    /// These 32 bytes; nil when there are more or fewer.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.byteCount else { return nil }
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// Lends the 32 bytes.
    @inline(__always)
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }
}
