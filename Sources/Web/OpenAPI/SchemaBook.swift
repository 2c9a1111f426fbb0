import Orchestrator
import ProjectionKit
import Runs

/// JSON Schemas of the types that answers and bodies are made of, each by its name.
final class SchemaBook {
    /// By name, as `#/components/schemas/<name>` refers to them.
    private(set) var schemas: [String: JSONValue] = [:]

    /// The schema of a type, or a reference to it.
    func schema(of type: any Decodable.Type) -> JSONValue {
        if let described = type as? any SchemaDescribed.Type { return described.schema(in: self) }
        if let choice = type as? any (CaseIterable & RawRepresentable).Type {
            return ["type": "string", "enum": .array(choice.rawNames.map(JSONValue.string))]
        }
        let name = Self.name(of: type)
        if schemas[name] == nil {
            schemas[name] = [:]  // A type that holds itself refers to this.
            let members = Members(book: self)
            _ = try? type.init(from: MemberDecoder(members: members))
            let refinements = (type as? any SchemaRefined.Type)?.refinements ?? [:]
            schemas[name] = members.schema.merging(refinements)
        }
        return ["$ref": "#/components/schemas/\(name)"]
    }

    /// A row's schema where a caller may ask for some of its members only.
    func schema(of type: any Decodable.Type, allRequired: Bool) -> JSONValue {
        guard !allRequired else { return schema(of: type) }
        _ = schema(of: type)
        guard case .object(var row) = schemas[Self.name(of: type)] else { return [:] }
        row["required"] = nil
        let name = Self.name(of: type) + ".Part"
        schemas[name] = .object(row)
        return ["$ref": "#/components/schemas/\(name)"]
    }

    /// The names of a row's members, sorted.
    static func members(of type: any Decodable.Type) -> [String] {
        let book = SchemaBook()
        _ = book.schema(of: type)
        guard case .object(let row) = book.schemas[name(of: type)], case .object(let members) = row["properties"] else {
            return []
        }
        return members.keys.sorted()
    }

    /// Without the module, and without the places that private types are named by.
    private static func name(of type: any Decodable.Type) -> String {
        String(reflecting: type).split(separator: ".").dropFirst().filter { !$0.contains("(") && !$0.contains(")") }
            .joined(separator: ".")
    }
}

/// A type that says itself what it looks like in JSON.
protocol SchemaDescribed {
    static func schema(in book: SchemaBook) -> JSONValue
    /// Any value, for the types that hold one.
    static var example: Self { get }
}

/// What the types of a struct's members don't tell.
protocol SchemaRefined {
    /// Member name → what is added to its schema.
    static var refinements: [String: JSONValue] { get }
}

extension CaseIterable where Self: RawRepresentable {
    fileprivate static var rawNames: [String] { allCases.map { "\($0.rawValue)" } }
    static var anyCase: Any? { allCases.first }
}

extension JSONValue {
    /// The same or null.
    var orNull: JSONValue {
        if case .object(var members) = self, case .string(let type) = members["type"] {
            members["type"] = [.string(type), "null"]
            if case .array(let names) = members["enum"] { members["enum"] = .array(names + [.null]) }
            return .object(members)
        }
        return ["anyOf": [self, ["type": "null"]]]
    }

    /// An object's schema with something added to some of its members.
    func merging(_ refinements: [String: JSONValue]) -> JSONValue {
        guard case .object(var schema) = self, case .object(var properties) = schema["properties"] else { return self }
        for (name, more) in refinements {
            guard case .object(var member) = properties[name], case .object(let added) = more else { continue }
            member.merge(added) { $1 }
            properties[name] = .object(member)
        }
        schema["properties"] = .object(properties)
        return .object(schema)
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringInterpolation,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(Dictionary(uniqueKeysWithValues: members))
    }
    package init(arrayLiteral values: JSONValue...) { self = .array(values) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}
