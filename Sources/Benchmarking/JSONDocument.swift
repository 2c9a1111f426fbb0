import Formulas
import Foundation
import Orchestrator
import Streaming
import Synchronization

/// A JSON text, of a file or of one line of it, whose complaints name line and column.
struct JSONDocument: Sendable {
    let file: String
    /// The line of the file that the text begins on, counted from 1.
    private let firstLine: Int
    private let bytes: [UInt8]
    private let value: JSONValue

    init(_ text: some Sequence<UInt8>, file: String, line: Int = 1) throws(SuiteError) {
        self.file = file
        firstLine = line
        var bytes = Array(text)
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if line == 1, bytes.starts(with: byteOrderMark) { bytes.removeFirst(byteOrderMark.count) }
        self.bytes = bytes
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .invalid(place: line == 1 ? file : "\(file):\(line)", reason: "is not UTF-8 text")
        }
        if let fault = firstFault(ofJSON: bytes) {
            let found = String(decoding: bytes[fault...].prefix(32), as: UTF8.self).first
            let reason =
                found.map { $0.isNewline ? "the line can't end here" : "'\($0)' can't stand here" }
                ?? "it ends too early"
            throw .invalid(place: Self.place(fault, bytes, file, line), reason: "is not JSON: \(reason)")
        }
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch {
            throw .invalid(place: "\(file):\(line)", reason: "is not JSON that can be read")
        }
    }

    var root: Node { Node(document: self, path: [], value: value) }

    /// `file:line:column` of the value at this path; the nearest enclosing value's when it is absent.
    func place(of path: [JSONStep]) -> String {
        place(Streaming.place(of: path, inJSON: bytes)?.value.lowerBound ?? 0)
    }

    /// The same of the key that the path ends with.
    func placeOfKey(_ path: [JSONStep]) -> String {
        let found = Streaming.place(of: path, inJSON: bytes)
        return place(found?.key ?? found?.value.lowerBound ?? 0)
    }

    /// The value at this path as it stands in the file, byte for byte.
    func text(of path: [JSONStep]) -> String {
        let range = Streaming.place(of: path, inJSON: bytes)?.value ?? 0..<0
        return String(decoding: bytes[range], as: UTF8.self)
    }

    private func place(_ index: Int) -> String { Self.place(index, bytes, file, firstLine) }

    private static func place(_ index: Int, _ bytes: [UInt8], _ file: String, _ firstLine: Int) -> String {
        let before = bytes[..<index]
        let line = before.count { $0 == UInt8(ascii: "\n") } + firstLine
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return "\(file):\(line):\(String(decoding: before[lineStart...], as: UTF8.self).count + 1)"
    }
}

extension JSONDocument {
    /// One value and where it stands.
    struct Node: Sendable {
        let document: JSONDocument
        let path: [JSONStep]
        let value: JSONValue

        func error(_ reason: String) -> SuiteError {
            .invalid(place: document.place(of: path), reason: reason, path: path.names)
        }

        func object() throws(SuiteError) -> Object {
            guard case .object(let members) = value else {
                throw error("an object is expected here, found \(value.kind)")
            }
            return Object(document: document, path: path, members: members)
        }

        /// The value as it stands in the file, byte for byte.
        var verbatim: String { document.text(of: path) }

        /// Text that is not empty.
        func text(_ expected: String) throws(SuiteError) -> String {
            guard case .string(let text) = value else {
                throw error("\(expected) is expected here, found \(value.kind)")
            }
            guard !text.allSatisfy(\.isWhitespace) else { throw error("the text is empty: \(expected) is expected") }
            return text
        }
    }

    /// An object whose members are asked for by name, each with what is expected there.
    struct Object: Sendable {
        let document: JSONDocument
        let path: [JSONStep]
        let members: [String: JSONValue]
        private let asked = AskedKeys()

        init(document: JSONDocument, path: [JSONStep], members: [String: JSONValue]) {
            self.document = document
            self.path = path
            self.members = members
        }

        /// Whether there is such a member, and it is not null.
        func has(_ key: String) -> Bool { present(key) != nil }

        /// Refuses a member that nobody has asked for: what would not be read is a slip of the pen.
        ///
        /// - Parameter onlyMisspelled: whether others are let be, but for names that are nearly one that was asked for.
        func refuseUnknown(onlyMisspelled: Bool = false) throws(SuiteError) {
            let known = asked.keys
            for key in members.keys.sorted() where !known.contains(key) {
                let meant = Guess.nearest(to: key, among: known)
                if meant == nil, onlyMisspelled { continue }
                throw unknown(key, meant: meant)
            }
        }

        func error(_ key: String, _ reason: String) -> SuiteError {
            let path = path + [.key(key)]
            return .invalid(place: document.place(of: path), reason: "'\(key)' \(reason)", path: path.names)
        }

        private func missing(_ key: String, _ expected: String) -> SuiteError {
            let known = asked.keys
            if let found = Guess.nearest(to: key, among: members.keys.filter({ !known.contains($0) })) {
                return unknown(found, meant: key)
            }
            return error(key, "is missing: \(expected) is expected")
        }

        private func unknown(_ key: String, meant: String?) -> SuiteError {
            let path = path + [.key(key)]
            return .invalid(
                place: document.placeOfKey(path),
                reason: "'\(key)' is unknown here"
                    + (meant.map { ". Did you mean '\($0)'?" }
                        ?? "; there are: \(asked.keys.sorted().joined(separator: ", "))"),
                path: path.names)
        }

        private func present(_ key: String) -> JSONValue? {
            asked.insert(key)
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

        /// A member as it stands in the file, byte for byte.
        func verbatim(_ key: String) -> String? {
            present(key) == nil ? nil : document.text(of: path + [.key(key)])
        }

        func optionalArray(_ key: String, _ expected: String) throws(SuiteError) -> [Node]? {
            guard has(key) else { return nil }
            let elements = try array(key, expected)
            guard !elements.isEmpty else { throw error(key, "must hold at least one element, found none") }
            return elements
        }

        func optionalString(_ key: String, _ expected: String) throws(SuiteError) -> String? {
            has(key) ? try string(key, expected) : nil
        }

        func optionalObject(_ key: String) throws(SuiteError) -> Object? {
            guard let value = present(key) else { return nil }
            return try Node(document: document, path: path + [.key(key)], value: value).object()
        }

        func optionalNumber(_ key: String, in allowed: ClosedRange<Double>) throws(SuiteError) -> Double? {
            try present(key).map { (value) throws(SuiteError) in try number(value, key, allowed) }
        }

        private func number(_ value: JSONValue, _ key: String, _ allowed: ClosedRange<Double>) throws(SuiteError)
            -> Double
        {
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

        /// A number or a list of numbers.
        func optionalNumbers(_ key: String, in allowed: ClosedRange<Double>) throws(SuiteError) -> [Double]? {
            guard let value = present(key) else { return nil }
            guard case .array(let elements) = value else { return [try number(value, key, allowed)] }
            guard !elements.isEmpty else { throw error(key, "must hold at least one number, found none") }
            var numbers: [Double] = []
            for element in elements { numbers.append(try number(element, key, allowed)) }
            return numbers
        }

        /// One of some words.
        func optionalChoice(_ key: String, of words: [String]) throws(SuiteError) -> String? {
            guard let value = present(key) else { return nil }
            guard case .string(let text) = value, words.contains(text) else {
                var found = value.kind
                if case .string(let text) = value { found = "'\(text)'" }
                throw error(key, "must be \(words.joined(separator: " or ")), found \(found)")
            }
            return text
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

extension [JSONStep] {
    /// As a JSON Pointer has them (RFC 6901).
    fileprivate var names: [String] {
        map { step in
            switch step {
            case .key(let key): key
            case .index(let index): "\(index)"
            }
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

/// The keys that an object was asked for.
private final class AskedKeys: Sendable {
    private let state = Mutex(Set<String>())

    var keys: Set<String> { state.withLock { $0 } }

    func insert(_ key: String) { state.withLock { _ = $0.insert(key) } }
}
