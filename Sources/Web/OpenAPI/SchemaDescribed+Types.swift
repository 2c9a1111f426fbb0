import Orchestrator
import ProjectionKit
import Runs

// The types that structs are made of.

extension String: SchemaDescribed {
    static func schema(in book: SchemaBook) -> JSONValue { ["type": "string"] }
    static var example: String { "" }
}

extension Bool: SchemaDescribed {
    static func schema(in book: SchemaBook) -> JSONValue { ["type": "boolean"] }
    static var example: Bool { false }
}

extension Double: SchemaDescribed {
    static func schema(in book: SchemaBook) -> JSONValue { ["type": "number"] }
    static var example: Double { 0 }
}

extension SchemaDescribed where Self: FixedWidthInteger {
    static func schema(in book: SchemaBook) -> JSONValue {
        Self.isSigned ? ["type": "integer"] : ["type": "integer", "minimum": 0]
    }
    static var example: Self { 0 }
}

extension Int: SchemaDescribed {}
extension Int64: SchemaDescribed {}
extension UInt32: SchemaDescribed {}
extension UInt64: SchemaDescribed {}

extension Optional: SchemaDescribed where Wrapped: Decodable {
    static func schema(in book: SchemaBook) -> JSONValue { book.schema(of: Wrapped.self).orNull }
    static var example: Wrapped? { nil }
}

extension Nullable: SchemaDescribed {
    static func schema(in book: SchemaBook) -> JSONValue { book.schema(of: Value.self).orNull }
    static var example: Nullable<Value> { Nullable(wrappedValue: nil) }
}

extension Array: SchemaDescribed where Element: Decodable {
    static func schema(in book: SchemaBook) -> JSONValue {
        ["type": "array", "items": book.schema(of: Element.self)]
    }
    static var example: [Element] { [] }
}

extension Dictionary: SchemaDescribed where Key == String, Value: Decodable {
    static func schema(in book: SchemaBook) -> JSONValue {
        ["type": "object", "additionalProperties": book.schema(of: Value.self)]
    }
    static var example: [String: Value] { [:] }
}

extension JSONValue: SchemaDescribed {
    static func schema(in book: SchemaBook) -> JSONValue { [:] }
    static var example: JSONValue { .null }
}

extension RunConfigRow.Levels: SchemaDescribed {
    static func schema(in book: SchemaBook) -> JSONValue {
        ["anyOf": [["type": "integer"], ["type": "array", "items": ["type": "integer"]]]]
    }
    static var example: RunConfigRow.Levels { .one(1) }
}
