import Events
import Storage

/// A row's key: names and numbers, one after another, that sort as their parts do. Keys that begin with the same parts are
/// neighbours.
public struct RowKey: StoreKey, Hashable, Sendable, Comparable {
    /// As it lies in the table.
    public let bytes: [UInt8]

    /// A key of these parts, the first weighing most.
    public init(_ parts: any RowKeyPart...) {
        bytes = KeyBuilder.bytes { key in
            for part in parts { part.write(asPartOf: &key) }
        }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    public init(from key: inout KeyReader) throws(StoreError) { bytes = key.remaining() }

    public func write(to key: inout KeyBuilder) { key.appendRest(bytes) }

    public static func < (a: RowKey, b: RowKey) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    /// The parts of one behind those of the other.
    public static func + (a: RowKey, b: RowKey) -> RowKey { RowKey(bytes: a.bytes + b.bytes) }
}

/// What a key can be made of.
public protocol RowKeyPart {
    /// Writes the part so that another can follow.
    func write(asPartOf key: inout KeyBuilder)
}

extension String: RowKeyPart {
    /// A longer name, in bytes, is cut and marked with a digest of the whole: a fold must not fail because of a key's limit.
    static let keyPartLimit = 100

    public func write(asPartOf key: inout KeyBuilder) {
        let zeros = utf8.count { $0 == 0 }  // Each takes two bytes.
        guard utf8.count + zeros > Self.keyPartLimit else { return key.append(self) }
        // With a NUL between a short name can't look the same by chance.
        key.append(String(decoding: utf8.prefix(56), as: UTF8.self) + "\0\(EventID(deterministicFrom: self))")
    }
}

extension UInt64: RowKeyPart {
    public func write(asPartOf key: inout KeyBuilder) { key.append(self) }
}

extension UInt32: RowKeyPart {
    public func write(asPartOf key: inout KeyBuilder) { key.append(self) }
}

/// An index holds keys of another table.
extension RowKey: StoreValue {
    public func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        try bytes.withUnsafeBytes(body)
    }

    public init(storedBytes: UnsafeRawBufferPointer) { bytes = [UInt8](storedBytes) }
}
