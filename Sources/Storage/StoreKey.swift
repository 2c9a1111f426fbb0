/// A key: something with bytes that sort as it does.
///
/// A composite writes its parts one after another in order of weight, and reads them back in the same order:
/// ```swift
/// struct SampleKey: StoreKey {
///     var run: String, index: UInt64
///     func write(to key: inout KeyBuilder) { key.append(run); key.append(index) }
///     init(from key: inout KeyReader) throws(StoreError) { run = try key.string(); index = try key.uint64() }
/// }
/// ```
public protocol StoreKey {
    /// Writes the key's bytes.
    func write(to key: inout KeyBuilder)
    /// Reads what `write` wrote.
    init(from key: inout KeyReader) throws(StoreError)
}

/// Builds a key so that keys sort as their parts do, the first part weighing most.
///
/// Integers are big-endian (signed ones with the sign bit turned), 1 to 8 bytes. A string is its UTF-8 with each zero byte
/// written `00 FF`, ended by `00 00`, so a string sorts before every longer one that begins with it. `appendRest` writes
/// bytes as they are, so it can only be the last part.
public struct KeyBuilder: ~Copyable {
    /// The longest key that LMDB takes, in bytes.
    @inlinable public static var limit: Int { 511 }

    @usableFromInline let buffer: UnsafeMutableRawBufferPointer
    /// How many bytes the key has so far; it may exceed the limit, and is then refused when it is used.
    @inlinable public var count: Int { length }
    @usableFromInline var length = 0

    @inlinable
    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    /// The bytes of a key made by `body`: for a prefix to scan by. A key over the limit is cut one byte behind it.
    public static func bytes(_ body: (inout KeyBuilder) -> Void) -> [UInt8] {
        withKeyBuffer(body) { bytes, _ in [UInt8](bytes) }
    }

    /// Appends one byte.
    @inlinable public mutating func append(_ value: UInt8) {
        if count < buffer.count { buffer[count] = value }
        length += 1
    }

    /// Appends 2 bytes.
    @inlinable public mutating func append(_ value: UInt16) { appendInteger(value.bigEndian) }

    /// Appends 4 bytes.
    @inlinable public mutating func append(_ value: UInt32) { appendInteger(value.bigEndian) }

    /// Appends 8 bytes.
    @inlinable public mutating func append(_ value: UInt64) { appendInteger(value.bigEndian) }

    /// Appends 8 bytes, negative numbers before the others.
    @inlinable public mutating func append(_ value: Int64) { append(UInt64(bitPattern: value) ^ (1 << 63)) }

    /// Appends a string and its end, so that another part can follow.
    @inlinable public mutating func append(_ value: String) {
        var text = value
        text.withUTF8 { utf8 in
            for byte in utf8 {
                append(byte)
                if byte == 0 { append(0xFF as UInt8) }
            }
        }
        append(0 as UInt16)
    }

    /// Appends the last part as it is, without an end.
    @inlinable public mutating func appendRest(_ bytes: some Collection<UInt8>) {
        for byte in bytes { append(byte) }
    }

    /// Appends the last part as it is, without an end.
    @inlinable public mutating func appendRest(_ bytes: UnsafeRawBufferPointer) {
        if count + bytes.count <= buffer.count {
            UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(from: bytes)
        }
        length += bytes.count
    }

    @inlinable mutating func appendInteger<Number: FixedWidthInteger>(_ value: Number) {
        let size = MemoryLayout<Number>.size
        if count + size <= buffer.count { buffer.storeBytes(of: value, toByteOffset: count, as: Number.self) }
        length += size
    }
}

/// Lends a buffer on the stack to `write`, and then the bytes written to `body`, with how many there should have been.
///
/// A key over the limit is cut one byte behind it: longer than any that is stored, so it is never found, and still in its
/// place in the order.
@inlinable
func withKeyBuffer<Result, Failure: Error>(
    _ write: (inout KeyBuilder) -> Void, _ body: (UnsafeRawBufferPointer, Int) throws(Failure) -> Result
) throws(Failure) -> Result {
    try withUnsafeTemporaryAllocation(byteCount: KeyBuilder.limit + 1, alignment: 8) { buffer throws(Failure) in
        var builder = KeyBuilder(buffer)
        write(&builder)
        return try body(UnsafeRawBufferPointer(rebasing: buffer[..<min(builder.count, buffer.count)]), builder.count)
    }
}

/// Reads the parts of a key in the order in which they were written.
public struct KeyReader {
    private var rest: UnsafeRawBufferPointer

    @usableFromInline
    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// Reads one byte.
    public mutating func uint8() throws(StoreError) -> UInt8 { try integer() }

    /// Reads 2 bytes.
    public mutating func uint16() throws(StoreError) -> UInt16 { UInt16(bigEndian: try integer()) }

    /// Reads 4 bytes.
    public mutating func uint32() throws(StoreError) -> UInt32 { UInt32(bigEndian: try integer()) }

    /// Reads 8 bytes.
    public mutating func uint64() throws(StoreError) -> UInt64 { UInt64(bigEndian: try integer()) }

    /// Reads 8 bytes.
    public mutating func int64() throws(StoreError) -> Int64 { Int64(bitPattern: try uint64() ^ (1 << 63)) }

    /// Reads a string up to its end.
    public mutating func string() throws(StoreError) -> String {
        var utf8: [UInt8] = []
        while true {
            let byte = try uint8()
            if byte != 0 {
                utf8.append(byte)
            } else if try uint8() == 0 {
                return String(decoding: utf8, as: UTF8.self)
            } else {
                utf8.append(0)
            }
        }
    }

    /// Reads everything that is left.
    public mutating func remaining() -> [UInt8] {
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[rest.endIndex...]) }
        return [UInt8](rest)
    }

    private mutating func integer<Number: FixedWidthInteger>() throws(StoreError) -> Number {
        let size = MemoryLayout<Number>.size
        guard rest.count >= size else {
            throw StoreError(.corrupted, "Could not read a key: it is shorter than its parts. Rebuild the table.")
        }
        let number = rest.loadUnaligned(as: Number.self)
        rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        return number
    }
}

extension UInt64: StoreKey {
    @inlinable public func write(to key: inout KeyBuilder) { key.append(self) }
    public init(from key: inout KeyReader) throws(StoreError) { self = try key.uint64() }
}

extension String: StoreKey {
    @inlinable public func write(to key: inout KeyBuilder) { key.appendRest(utf8) }
    public init(from key: inout KeyReader) throws(StoreError) { self.init(decoding: key.remaining(), as: UTF8.self) }
}

extension [UInt8]: StoreKey {
    @inlinable public func write(to key: inout KeyBuilder) { key.appendRest(self) }
    public init(from key: inout KeyReader) throws(StoreError) { self = key.remaining() }
}
