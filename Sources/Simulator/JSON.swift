import Foundation

/// A JSON value to be written; the keys keep their order.
enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    static func count(_ number: some BinaryInteger) -> JSON { .integer(Int64(number)) }
    static func strings(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }

    /// The value on one line. A number that JSON has no word for is null.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value.isFinite ? String(value) : "null"
        case .string(let value): value.asJSON
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let fields): "{" + fields.map { "\($0.asJSON):\($1.text)" }.joined(separator: ",") + "}"
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(nilLiteral: ()) { self = .null }
    init(arrayLiteral values: JSON...) { self = .array(values) }
    init(dictionaryLiteral fields: (String, JSON)...) { self = .object(fields) }
}

extension String {
    /// This text as a JSON string, quotes included.
    var asJSON: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string can always be encoded.
        return String(decoding: (try? encoder.encode(self)) ?? Data("\"\"".utf8), as: UTF8.self)
    }
}
