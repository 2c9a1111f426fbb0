import Orchestrator
import ProjectionKit

/// A struct's members as its decoding asks for them.
final class Members {
    let book: SchemaBook
    private var properties: [String: JSONValue] = [:]
    private var required: [String] = []

    init(book: SchemaBook) { self.book = book }

    func add(_ name: String, _ type: any Decodable.Type, isRequired: Bool) {
        properties[name] = book.schema(of: type)
        if isRequired { required.append(name) }
    }

    var schema: JSONValue {
        ["type": "object", "properties": .object(properties), "required": .array(required.map(JSONValue.string))]
    }
}

/// Has a type tell its members: whatever it asks for is noted, and given some value.
struct MemberDecoder: Decoder {
    let members: Members
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(MemberContainer<Key>(members: members))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NoObject() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw NoObject() }

    /// A type that is no object in JSON has to be `SchemaDescribed`.
    struct NoObject: Error {}
}

private struct MemberContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: Members
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        members.add(key.stringValue, type, isRequired: true)
        return try example(of: type)
    }

    /// A row writes what it does not know as null; only what is no row leaves members out.
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        members.add(key.stringValue, type, isRequired: type is any WrittenAsNull.Type)
        return nil
    }

    private func example<T: Decodable>(of type: T.Type) throws -> T {
        if let described = type as? any SchemaDescribed.Type, let value = described.example as? T { return value }
        if let choice = type as? any (CaseIterable & RawRepresentable).Type, let value = choice.anyCase as? T {
            return value
        }
        return try T(from: MemberDecoder(members: Members(book: members.book)))
    }

    func decode(_ type: Bool.Type, forKey key: Key) -> Bool { note(type, key) }
    func decode(_ type: String.Type, forKey key: Key) -> String { note(type, key) }
    func decode(_ type: Double.Type, forKey key: Key) -> Double { note(type, key) }
    func decode(_ type: Float.Type, forKey key: Key) -> Float { Float(note(Double.self, key)) }
    func decode(_ type: Int.Type, forKey key: Key) -> Int { note(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) -> Int8 { Int8(note(Int.self, key)) }
    func decode(_ type: Int16.Type, forKey key: Key) -> Int16 { Int16(note(Int.self, key)) }
    func decode(_ type: Int32.Type, forKey key: Key) -> Int32 { Int32(note(Int.self, key)) }
    func decode(_ type: Int64.Type, forKey key: Key) -> Int64 { note(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) -> UInt { UInt(note(UInt64.self, key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) -> UInt8 { UInt8(note(UInt64.self, key)) }
    func decode(_ type: UInt16.Type, forKey key: Key) -> UInt16 { UInt16(note(UInt64.self, key)) }
    func decode(_ type: UInt32.Type, forKey key: Key) -> UInt32 { note(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) -> UInt64 { note(type, key) }

    private func note<T: Decodable & SchemaDescribed>(_ type: T.Type, _ key: Key) -> T {
        members.add(key.stringValue, type, isRequired: true)
        return T.example
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        throw MemberDecoder.NoObject()
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw MemberDecoder.NoObject()
    }
    func superDecoder() throws -> any Decoder { throw MemberDecoder.NoObject() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw MemberDecoder.NoObject() }
}

/// Written as null when there is no value, so never left out.
private protocol WrittenAsNull {}
extension Nullable: WrittenAsNull {}
