/// Reads protobuf's wire format from lent bytes, allocating nothing.
///
/// It accepts and refuses exactly what SwiftProtobuf does: numbers and tags may be written longer than they need to be, a
/// number's bits beyond the 64th are dropped, fields of an unknown number or another wire type are skipped, and groups nest
/// no deeper than messages may.
/// - Source: the protobuf encoding guide (protobuf.dev/programming-guides/encoding).
struct WireReader {
    private var next: UnsafeRawPointer
    private let end: UnsafeRawPointer
    /// How many more levels of groups or messages may open.
    private let depth: Int

    /// A reader of a whole message: nil when there is nothing to read.
    init?(_ message: UnsafeRawBufferPointer, depth: Int = 100) throws(WireError) {
        guard depth > 0 else { throw .nestedTooDeep }
        guard let start = message.baseAddress, message.count > 0 else { return nil }
        next = start
        end = start + message.count
        self.depth = depth - 1
    }

    /// The next field's tag, its number times 8 plus its wire type; nil at the end.
    @inline(__always)
    mutating func tag() throws(WireError) -> UInt32? {
        guard next < end else { return nil }
        let first = next.load(as: UInt8.self)
        if first < 0x80 {
            next += 1
            return try Self.checked(UInt32(first))
        }
        guard end - next >= 2 else { throw .malformed }
        let second = next.load(fromByteOffset: 1, as: UInt8.self)
        if second < 0x80 {
            next += 2
            return try Self.checked(UInt32(first & 0x7F) | UInt32(second) << 7)
        }
        return try longTag()
    }

    /// A tag of three to five bytes.
    @inline(never)
    private mutating func longTag() throws(WireError) -> UInt32 {
        let start = next
        let tag = try varint()
        guard next - start <= 5, tag <= UInt64(UInt32.max) else { throw .malformed }
        return try Self.checked(UInt32(tag))
    }

    /// A field has a number, and a wire type from 0 to 5. A group ends only where one began.
    @inline(__always)
    private static func checked(_ tag: UInt32) throws(WireError) -> UInt32 {
        guard tag >= 8, tag & 7 <= 5, tag & 7 != 4 else { throw .malformed }
        return tag
    }

    /// A number of up to ten bytes.
    @inline(__always)
    mutating func varint() throws(WireError) -> UInt64 {
        guard next < end else { throw .truncated }
        let first = next.load(as: UInt8.self)
        next += 1
        if first < 0x80 { return UInt64(first) }
        return try longVarint(UInt64(first & 0x7F))
    }

    /// The number of an enumeration's case.
    @inline(__always)
    mutating func enumeration() throws(WireError) -> Int { Int(Int32(truncatingIfNeeded: try varint())) }

    @inline(__always)
    private mutating func longVarint(_ first: UInt64) throws(WireError) -> UInt64 {
        var value = first
        var shift: UInt64 = 7
        while shift <= 63 {
            guard next < end else { throw .truncated }
            let byte = next.load(as: UInt8.self)
            next += 1
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw .malformed
    }

    /// The bytes of a field with a length.
    @inline(__always)
    mutating func bytes() throws(WireError) -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(end - next) else { throw .truncated }
        let bytes = UnsafeRawBufferPointer(start: next, count: Int(length))
        next += Int(length)
        return bytes
    }

    /// The bytes of a field with a length, which are UTF-8.
    @inline(__always)
    mutating func string() throws(WireError) -> UnsafeRawBufferPointer {
        let bytes = try bytes()
        guard bytes.isUTF8 else { throw .invalidUTF8 }
        return bytes
    }

    /// A reader of the message in a field; nil when it is empty.
    @inline(__always)
    mutating func message() throws(WireError) -> WireReader? { try WireReader(bytes(), depth: depth) }

    /// Skips the value of a field that is not known.
    @inline(never)
    mutating func skip(_ tag: UInt32) throws(WireError) { try skip(tag, depth: depth) }

    private mutating func skip(_ tag: UInt32, depth: Int) throws(WireError) {
        switch tag & 7 {
        case 0: _ = try varint()
        case 1: try skip(bytes: 8)
        case 2: _ = try bytes()
        case 3:
            guard depth > 0 else { throw .nestedTooDeep }
            while true {
                let inner = try varint()
                guard inner >= 8, inner < UInt64(UInt32.max), inner & 7 <= 5 else { throw .malformed }
                if inner & 7 == 4 {
                    guard inner >> 3 == tag >> 3 else { throw .malformed }
                    return
                }
                try skip(UInt32(inner), depth: depth - 1)
            }
        default: try skip(bytes: 4)
        }
    }

    private mutating func skip(bytes count: Int) throws(WireError) {
        guard end - next >= count else { throw .truncated }
        next += count
    }
}

/// Why bytes are no protobuf message.
enum WireError: Error, CustomStringConvertible {
    case truncated
    case malformed
    case invalidUTF8
    case nestedTooDeep

    /// What completes "Could not read the payload of …: ".
    var description: String {
        switch self {
        case .truncated: "it ends in the middle of a field"
        case .malformed: "it is no protobuf message"
        case .invalidUTF8: "a text in it is not UTF-8"
        case .nestedTooDeep: "its groups are nested too deep"
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are well-formed UTF-8: eight at a time as long as they are ASCII, which names mostly are.
    @inline(__always)
    fileprivate var isUTF8: Bool {
        var offset = 0
        while offset + 8 <= count {
            guard loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 else {
                return isValidUTF8
            }
            offset += 8
        }
        while offset < count {
            guard self[offset] < 0x80 else { return isValidUTF8 }
            offset += 1
        }
        return true
    }

    @inline(never)
    private var isValidUTF8: Bool {
        var decoder = UTF8()
        var bytes = makeIterator()
        while true {
            switch decoder.decode(&bytes) {
            case .scalarValue: continue
            case .emptyInput: return true
            case .error: return false
            }
        }
    }
}

/// The tag of a field that is a number, an enumeration or a truth value.
@inline(__always)
func number(_ field: UInt32) -> UInt32 { field << 3 }

/// The tag of a field with a length: a string, bytes or a message.
@inline(__always)
func sized(_ field: UInt32) -> UInt32 { field << 3 | 2 }
