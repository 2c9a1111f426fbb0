/// A value: something that can be written as bytes and read back.
public protocol StoreValue {
    /// Lends the value's bytes for the length of the call.
    func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result
    /// Reads what was stored. The bytes are only lent: copy what must live longer.
    init(storedBytes: UnsafeRawBufferPointer) throws
}

extension [UInt8]: StoreValue {
    public func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        try withUnsafeBytes(body)
    }
    public init(storedBytes: UnsafeRawBufferPointer) { self.init(storedBytes) }
}

extension String: StoreValue {
    public func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        var text = self
        return try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
    public init(storedBytes: UnsafeRawBufferPointer) { self.init(decoding: storedBytes, as: UTF8.self) }
}

/// Stored as 8 bytes, little-endian.
extension UInt64: StoreValue {
    public func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        try withUnsafeBytes(of: littleEndian, body)
    }
    public init(storedBytes: UnsafeRawBufferPointer) throws {
        guard storedBytes.count == 8 else {
            throw StoreError(.corrupted, "Could not read a number: it has \(storedBytes.count) bytes instead of 8.")
        }
        self.init(littleEndian: storedBytes.loadUnaligned(as: UInt64.self))
    }
}
