import DataFolder
import Foundation
import Orchestrator

/// One parameter of a query: its name, what it may be, and a sentence.
struct Parameter: Sendable {
    var name: String
    var kind: Kind
    var summary: String
    var isRequired = false
    /// Whether it may be given several times.
    var repeats = false

    /// Positions in the log, as far as JSON's numbers go.
    static let positions = 1...(1 << 53 - 1)

    /// Characters of a name, such as a model's id. All that a list may be asked for has to fit into one target.
    static let nameLength = 200

    enum Kind: Sendable {
        case boolean
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case choice([String])
        /// At most so many characters (Unicode scalars).
        case text(Int)
        /// What fits the pattern, with words for it.
        case matching(String, String)
        /// Lower-case hexadecimal digits in pairs, at most so many bytes.
        case hexadecimal(Int)
        /// A comma-separated list of some of these, each at most once.
        case choices([String])
        /// A position of the log or a time.
        case point
    }

    /// What is wrong with a value, as the rest of a sentence that begins with the parameter's name; nil when nothing is.
    func complaint(about value: String) -> String? {
        switch kind {
        case .boolean: value == "true" || value == "false" ? nil : "must be true or false, found \(Self.shown(value))."
        case .integer(let range):
            Int(value).map { range.contains($0) && "\($0)" == value } == true
                ? nil
                : "must be a whole number from \(range.lowerBound) to \(range.upperBound), found \(Self.shown(value))."
        case .number(let range):
            Double(value).map(range.contains) == true
                ? nil : "must be a number from \(range.lowerBound) to \(range.upperBound), found \(Self.shown(value))."
        case .choice(let names):
            names.contains(value) ? nil : "must be \(Self.list(names)), found \(Self.shown(value))."
        case .text(let limit):
            (1...limit).contains(value.unicodeScalars.count)
                ? nil : "must have 1 to \(limit) characters, found \(value.unicodeScalars.count)."
        case .matching(let pattern, let words):
            value.range(of: pattern, options: .regularExpression) == value.startIndex..<value.endIndex
                ? nil : "must be \(words), found \(Self.shown(value))."
        case .hexadecimal(let limit):
            value.utf8.count.isMultiple(of: 2) && (1...limit).contains(value.utf8.count / 2)
                && value.utf8.allSatisfy {
                    ("0"..."9").contains(UnicodeScalar($0)) || ("a"..."f").contains(UnicodeScalar($0))
                }
                ? nil : "must be what an answer of this route gave, found \(Self.shown(value))."
        case .choices(let names):
            Self.complaint(about: value.split(separator: ",", omittingEmptySubsequences: false).map(String.init), names)
        case .point: LogPoint(value) == nil ? Self.notAPoint(value) : nil
        }
    }

    static func notAPoint(_ value: String) -> String {
        "must be an event's position or a time such as 2026-01-31T18:00:00Z, found \(shown(value))."
    }

    /// A value as a message may repeat it. A long one may be a secret that got into the wrong place.
    static func shown(_ value: String) -> String {
        value.count <= 16 ? "'\(value)'" : "something of \(value.count) characters"
    }

    private static func complaint(about values: [String], _ names: [String]) -> String? {
        if let other = values.first(where: { !names.contains($0) }) {
            return "must be of \(list(names)), separated by commas, found \(Self.shown(other))."
        }
        return Set(values).count == values.count ? nil : "names one of its parts twice."
    }

    private static func list(_ names: [String]) -> String {
        names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
    }

    /// The same as JSON Schema.
    var schema: JSONValue {
        let one: JSONValue =
            switch kind {
            case .boolean: ["type": "boolean"]
            case .integer(let range):
                [
                    "type": "integer", "minimum": .number(Double(range.lowerBound)),
                    "maximum": .number(Double(range.upperBound)),
                ]
            case .number(let range):
                ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
            case .choice(let names): ["type": "string", "enum": .array(names.map(JSONValue.string))]
            case .text(let limit): ["type": "string", "minLength": 1, "maxLength": .number(Double(limit))]
            case .matching(let pattern, _): ["type": "string", "pattern": .string(pattern)]
            case .hexadecimal(let limit):
                ["type": "string", "pattern": "^([0-9a-f]{2}){1,\(limit)}$"]
            case .choices(let names):
                [
                    "type": "array", "minItems": 1, "uniqueItems": true,
                    "items": ["type": "string", "enum": .array(names.map(JSONValue.string))],
                ]
            case .point:
                [
                    "type": "string",
                    "pattern":
                        "^([1-9][0-9]{0,14}|(19[7-9]|20[0-9])[0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z)$",
                ]
            }
        return repeats ? ["type": "array", "items": one] : one
    }
}
