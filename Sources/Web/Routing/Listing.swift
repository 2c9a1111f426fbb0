import Foundation
import Hummingbird
import Orchestrator

/// How a list of rows is asked for: in pages, filtered, sorted, and with some members only.
struct Listing<Row: Codable & Sendable>: Sendable {
    /// A member that rows can be picked and sorted by.
    struct Column: Sendable {
        var name: String
        var value: @Sendable (Row) -> Value
        /// What a filter may ask for; nil for any text.
        var choices: [String]?

        static func text(_ name: String, _ choices: [String]? = nil, _ value: @escaping @Sendable (Row) -> String?)
            -> Column
        {
            Column(name: name, value: { .text(value($0)) }, choices: choices)
        }
        static func number(_ name: String, _ value: @escaping @Sendable (Row) -> Double?) -> Column {
            Column(name: name, value: { .number(value($0)) }, choices: [])
        }
        static func flag(_ name: String, _ value: @escaping @Sendable (Row) -> Bool) -> Column {
            Column(name: name, value: { .text("\(value($0))") }, choices: ["false", "true"])
        }
        var isNumber: Bool { choices?.isEmpty == true }
    }

    /// Null when it is not known: no filter picks it, and it comes last in any order.
    enum Value {
        case text(String?)
        case number(Double?)
    }

    /// What the answer calls the list.
    var name: String
    var columns: [Column]
    /// What pages are sorted by when nothing is said.
    var order: String
    var id: @Sendable (Row) -> String

    /// Most rows of a page.
    static var limit: Int { 1_000 }

    /// The parameters of a route that lists these.
    var parameters: [Parameter] {
        let sorts = columns.flatMap { [$0.name, "-" + $0.name] }
        return [
            Parameter(name: "limit", kind: .integer(1...Self.limit), summary: "Rows of a page; without it, all come."),
            Parameter(
                name: "cursor", kind: .hexadecimal(300),
                summary: "Where a page begins: 'next_cursor' of the one before."),
            Parameter(
                name: "sort", kind: .choice(sorts),
                summary: "What to sort by; with '-' the greatest first. What is null comes last."),
            Parameter(
                name: "fields", kind: .choices(SchemaBook.members(of: Row.self)),
                summary: "Only these members of each row."),
        ] + (extras.isEmpty ? [] : [.metrics]) + columns.flatMap(filters)
    }

    private func filters(_ column: Column) -> [Parameter] {
        guard column.isNumber else {
            let kind = column.choices.map(Parameter.Kind.choice) ?? .text(Parameter.nameLength)
            return [Parameter(name: column.name, kind: kind, summary: "Only rows with this '\(column.name)'.")]
        }
        let range = -1e15...1e15
        return [
            Parameter(
                name: "\(column.name)_min", kind: .number(range),
                summary: "Only rows with at least this '\(column.name)'."),
            Parameter(
                name: "\(column.name)_max", kind: .number(range),
                summary: "Only rows with at most this '\(column.name)'."),
        ]
    }

    /// The answer's shape.
    var answer: Route.Answer {
        let name = name
        return Route.Answer { book in
            [
                "type": "object", "required": [.string(name)],
                "properties": [
                    name: ["type": "array", "items": book.schema(of: Row.self, allRequired: false)],
                    "next_cursor": [
                        "type": ["string", "null"],
                        "description": "Of a page: where the next one begins; null for the last.",
                    ],
                ],
            ]
        }
    }

    /// Members that an answer has when they are asked for by name, or by the parameter `metrics`: all the figures of all sets are
    /// most of a row.
    var extras: [String] = []

    /// Which members of the rows a caller wants.
    func members(of call: Call) -> JSONMembers.Choice {
        if let fields = call.query.list("fields") { return .only(fields) }
        return extras.isEmpty || call.query.flag("metrics") == true ? .all : .but(extras)
    }

    /// Whether a caller wants all the rows as they are.
    func isPlain(_ query: Query) -> Bool {
        let shaping = Set(parameters.map(\.name)).subtracting(["fields", "metrics"])
        return shaping.allSatisfy { query.texts($0).isEmpty }
    }

    /// The rows that were asked for.
    func response(_ rows: [Row], to call: Call) throws -> Response {
        var rows = rows.filter { row in columns.allSatisfy { picks($0, row, call.query) } }
        var next: String?
        let isPaged = call.query.integer("limit") != nil || call.query.text("cursor") != nil
        if let sort = call.query.text("sort") ?? (isPaged ? order : nil) {
            var keyed = rows.map { (key: key(of: $0, sort), row: $0) }.sorted { Self.isBefore($0.key, $1.key) }
            if let cursor = call.query.text("cursor").map(Self.bytes) {
                keyed.removeAll { !Self.isBefore(cursor, $0.key) }
            }
            let limit = call.query.integer("limit") ?? Self.limit
            if isPaged, keyed.count > limit {
                keyed.removeSubrange(limit...)
                next = keyed.last.map { Self.hexadecimal($0.key) }
            }
            rows = keyed.map(\.row)
        }
        let cursor = isPaged ? "\"next_cursor\":\(next.map { "\"\($0)\"" } ?? "null")," : ""
        var response = Response(json: [
            Array("{\(cursor)\"\(name)\":".utf8), try RowEncoder(members(of: call)).list(rows), Array("}".utf8),
        ])
        if let next {
            response.headers[.init("Link")!] = "<\(call.url(replacing: "cursor", with: next))>; rel=\"next\""
        }
        return response
    }

    private func picks(_ column: Column, _ row: Row, _ query: Query) -> Bool {
        switch column.value(row) {
        case .text(let value): return query.text(column.name).map { $0 == value } ?? true
        case .number(let value):
            let (least, most) = (query.number("\(column.name)_min"), query.number("\(column.name)_max"))
            guard least != nil || most != nil else { return true }
            return value.map { $0 >= least ?? -.infinity && $0 <= most ?? .infinity } ?? false
        }
    }

    /// Bytes that sort as the rows do, the id behind the column's value.
    private func key(of row: Row, _ sort: String) -> [UInt8] {
        let isDescending = sort.hasPrefix("-")
        guard let column = columns.first(where: { $0.name == (isDescending ? String(sort.dropFirst()) : sort) }) else {
            return Array(id(row).utf8)
        }
        let bytes: [UInt8]? =
            switch column.value(row) {
            case .text(let text): text.map { Array($0.utf8.prefix(100)) + [0] }
            case .number(let number): number.map(Self.ordered)
            }
        guard let bytes else { return [1] + id(row).utf8.prefix(100) }
        return [0] + (isDescending ? bytes.map { ~$0 } : bytes) + id(row).utf8.prefix(100)
    }

    /// A number's bits as bytes that sort as numbers do.
    private static func ordered(_ number: Double) -> [UInt8] {
        let bits = (number + 0).bitPattern  // −0 is 0.
        let flipped = bits >> 63 == 1 ? ~bits : bits | 1 << 63
        return withUnsafeBytes(of: flipped.bigEndian) { Array($0) }
    }

    private static func isBefore(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.lexicographicallyPrecedes(b) }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { index in
            UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0
        }
    }
}

extension Parameter {
    static let metrics = Parameter(
        name: "metrics", kind: .boolean,
        summary: "Whether each row also has every set's figures, and the sets' digests.")
}

/// Rows as JSON, whole or some members of them.
struct RowEncoder {
    private let encoder: JSONEncoder
    private let members: JSONMembers

    init(_ choice: JSONMembers.Choice) {
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        members = JSONMembers(choice: choice)
    }

    func write(_ row: some Encodable, to text: inout [UInt8]) throws {
        try encoder.encode(row).withUnsafeBytes { members.write($0, to: &text) }
    }

    /// Rows as a list of JSON.
    func list(_ rows: [some Encodable]) throws -> [UInt8] {
        var text = Array("[".utf8)
        for (index, row) in rows.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            try write(row, to: &text)
        }
        text.append(UInt8(ascii: "]"))
        return text
    }
}

extension Call {
    /// The request's path and query with one parameter another.
    func url(replacing name: String, with value: String) -> String {
        let kept = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix(name + "=") }
        return request.uri.path + "?" + (kept + ["\(name)=\(value)"]).joined(separator: "&")
    }
}
