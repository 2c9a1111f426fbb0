import Foundation

/// Any JSON document: of servers, which differ in what they leave out and how they write numbers, and of suite files.
package enum JSONValue: Equatable, Sendable, Codable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package init(from decoder: Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .string(let string): try value.encode(string)
        case .array(let array): try value.encode(array)
        case .object(let members): try value.encode(members)
        }
    }

    /// The first object in a text that has other things before and after it; nil when there is none.
    init?(amid text: String) {
        var rest = text[...]
        while let start = rest.firstIndex(of: "{") {
            // The document ends at one of the closing braces; the last that makes it whole is the right one.
            var end = rest.endIndex
            while let brace = rest[start..<end].lastIndex(of: "}") {
                if let value = JSONValue(bytes: rest[start...brace].utf8) {
                    self = value
                    return
                }
                end = brace
            }
            rest = rest[rest.index(after: start)...]
        }
        return nil
    }

    /// Nil when the bytes are no JSON.
    init?(bytes: some Sequence<UInt8>) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
        self = value
    }

    /// A member by name; where none has that very name, one that differs only in case.
    subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name] ?? members.first { $0.key.lowercased() == name.lowercased() }?.value
    }

    var string: String? {
        if case .string(let text) = self, !text.isEmpty { text } else { nil }
    }

    /// A string, or a number written as one: versions come as both.
    var text: String? {
        if case .number(let number) = self, let whole = Int64(exactly: number) { "\(whole)" } else { string }
    }

    var count: UInt64? {
        if case .number(let number) = self { UInt64(exactly: number) } else { nil }
    }

    var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    var array: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    var isObject: Bool {
        if case .object = self { true } else { false }
    }

    /// The strings of an array of strings; nil when it is anything else.
    var strings: [String]? {
        guard let array else { return nil }
        let strings = array.compactMap(\.string)
        return strings.count == array.count ? strings : nil
    }

    /// What an error body says: `{"error":{"message":…}}`, `{"error":"…"}`, `{"detail":…}`, `{"message":…}`.
    var errorMessage: String? {
        self["error"]?["message"]?.string ?? self["error"]?.string ?? self["detail"]?.string ?? self["message"]?.string
    }
}
