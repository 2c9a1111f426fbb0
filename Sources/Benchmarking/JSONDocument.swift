import Foundation
import Orchestrator
import Streaming
import Yams

/// A JSON file whose complaints name line and column.
///
/// Foundation decides what the text means. JSON being YAML, Yams composes the same text once more, only when something is
/// wrong, to find where a value stands.
struct JSONDocument: Sendable {
    let file: String
    private let text: String
    private let value: JSONValue

    enum Step: Sendable {
        case key(String)
        case index(Int)
    }

    init(_ bytes: [UInt8], file: String) throws(SuiteError) {
        self.file = file
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalid(place: file, reason: "is not UTF-8 text")
        }
        self.text = text
        if let fault = Self.fault(in: text, file: file) { throw fault }
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch {
            throw .invalid(place: file, reason: "is not JSON that can be read")
        }
    }

    /// Where the text stops being JSON: Foundation does not say.
    private static func fault(in text: String, file: String) -> SuiteError? {
        let bytes = Array(text.utf8)
        let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let fault = firstFault(ofJSON: bytes.dropFirst(mark)) else { return nil }
        let before = bytes[mark..<mark + fault]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? mark
        let column = String(decoding: bytes[lineStart..<mark + fault], as: UTF8.self).count + 1
        let found = String(decoding: bytes[(mark + fault)...].prefix(32), as: UTF8.self).first
        let reason =
            found.map { $0.isNewline ? "the line can't end here" : "'\($0)' can't stand here" } ?? "it ends too early"
        return .invalid(place: "\(file):\(line):\(column)", reason: "is not JSON: \(reason)")
    }

    var root: Node { Node(document: self, path: [], value: value) }

    /// `file:line:column` of the value at this path; the nearest enclosing value's when it is absent.
    func place(of path: [Step]) -> String {
        // Yams refuses the halves of a surrogate pair, which JSON allows; spaces of the same length keep the columns.
        let plain = text.replacing(#/\\u[dD][89a-fA-F][0-9a-fA-F]{2}/#, with: "      ")
        guard var node = try? Yams.compose(yaml: plain) else { return file }
        var mark = node.mark
        for step in path {
            let next: Yams.Node? =
                switch step {
                case .key(let key): node.mapping?.first { $0.key.string == key }?.value
                case .index(let index): node.sequence.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                }
            guard let next else { break }
            node = next
            mark = node.mark ?? mark
        }
        return mark.map { "\(file):\($0.line):\($0.column)" } ?? file
    }
}

extension JSONDocument {
    /// One value and where it stands.
    struct Node: Sendable {
        let document: JSONDocument
        let path: [Step]
        let value: JSONValue

        func error(_ reason: String) -> SuiteError { .invalid(place: document.place(of: path), reason: reason) }

        func object() throws(SuiteError) -> Object {
            guard case .object(let members) = value else {
                throw error("an object is expected here, found \(value.kind)")
            }
            return Object(document: document, path: path, members: members)
        }
    }

    /// An object whose members are asked for by name, each with what is expected there.
    struct Object: Sendable {
        let document: JSONDocument
        let path: [Step]
        let members: [String: JSONValue]

        func error(_ key: String, _ reason: String) -> SuiteError {
            .invalid(place: document.place(of: path + [.key(key)]), reason: "'\(key)' \(reason)")
        }

        private func missing(_ key: String, _ expected: String) -> SuiteError {
            error(key, "is missing: \(expected) is expected")
        }

        private func present(_ key: String) -> JSONValue? {
            guard let value = members[key], value != .null else { return nil }
            return value
        }

        func string(_ key: String, _ expected: String) throws(SuiteError) -> String {
            guard let value = present(key) else { throw missing(key, expected) }
            guard case .string(let text) = value else { throw error(key, "must be text, found \(value.kind)") }
            guard !text.allSatisfy(\.isWhitespace) else { throw error(key, "is empty: \(expected) is expected") }
            return text
        }

        func string(_ key: String, default fallback: String) throws(SuiteError) -> String {
            guard let value = present(key) else { return fallback }
            if case .number(let number) = value { return number.formatted(.number.grouping(.never)) }
            guard case .string(let text) = value else { throw error(key, "must be text, found \(value.kind)") }
            return text
        }

        func array(_ key: String, _ expected: String) throws(SuiteError) -> [Node] {
            guard let value = present(key) else { throw missing(key, expected) }
            guard case .array(let elements) = value else { throw error(key, "must be a list, found \(value.kind)") }
            return elements.enumerated().map {
                Node(document: document, path: path + [.key(key), .index($0.offset)], value: $0.element)
            }
        }

        func optionalObject(_ key: String) throws(SuiteError) -> Object? {
            guard let value = present(key) else { return nil }
            return try Node(document: document, path: path + [.key(key)], value: value).object()
        }

        func optionalNumber(_ key: String, in allowed: ClosedRange<Double>) throws(SuiteError) -> Double? {
            guard let value = present(key) else { return nil }
            guard case .number(let number) = value else { throw error(key, "must be a number, found \(value.kind)") }
            guard allowed.contains(number) else {
                throw error(key, "must be from \(allowed.lowerBound) to \(allowed.upperBound), found \(number)")
            }
            return number
        }

        func optionalInteger(_ key: String, in allowed: ClosedRange<Int>) throws(SuiteError) -> Int? {
            guard let value = present(key) else { return nil }
            return try integer(value, key, allowed)
        }

        /// A number or a list of numbers.
        func optionalIntegers(_ key: String, in allowed: ClosedRange<Int>) throws(SuiteError) -> [Int]? {
            guard let value = present(key) else { return nil }
            guard case .array(let elements) = value else { return [try integer(value, key, allowed)] }
            guard !elements.isEmpty else { throw error(key, "must hold at least one number, found none") }
            var numbers: [Int] = []
            for element in elements { numbers.append(try integer(element, key, allowed)) }
            return numbers
        }

        func optionalStrings(_ key: String, _ expected: String) throws(SuiteError) -> [String]? {
            guard present(key) != nil else { return nil }
            return try array(key, expected).map { (element) throws(SuiteError) in
                guard case .string(let text) = element.value else {
                    throw element.error("text is expected here, found \(element.value.kind)")
                }
                return text
            }
        }

        func optionalBool(_ key: String) throws(SuiteError) -> Bool? {
            guard let value = present(key) else { return nil }
            guard case .bool(let flag) = value else { throw error(key, "must be true or false, found \(value.kind)") }
            return flag
        }

        private func integer(_ value: JSONValue, _ key: String, _ allowed: ClosedRange<Int>) throws(SuiteError) -> Int {
            guard case .number(let number) = value, let integer = Int(exactly: number) else {
                throw error(key, "must be a whole number, found \(value.kind)")
            }
            guard integer >= allowed.lowerBound else {
                throw error(key, "must be at least \(allowed.lowerBound), found \(integer)")
            }
            guard integer <= allowed.upperBound else {
                throw error(key, "must be at most \(allowed.upperBound), found \(integer)")
            }
            return integer
        }
    }
}

extension JSONValue {
    /// What a message calls it.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
