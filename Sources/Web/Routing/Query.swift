import Foundation

/// A request's query, each value of which is what its parameter may be.
struct Query: Sendable {
    private var values: [String: [String]] = [:]

    /// - Throws: `Problem` naming the parameter that is unknown, missing, given twice or of another kind.
    init(_ text: String?, of parameters: [Parameter]) throws(Problem) {
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = parts.count > 1 ? Self.decode(parts[1]) : "" else {
                throw Problem.badRequest("The query has something that is not UTF-8 in percent-encoding.")
            }
            guard let parameter = parameters.first(where: { $0.name == name }) else {
                let known = parameters.map(\.name).joined(separator: ", ")
                throw Problem.parameter(
                    name, "is not known here. " + (known.isEmpty ? "This route takes none." : "There are: \(known)."))
            }
            guard values[name] == nil || parameter.repeats else { throw Problem.parameter(name, "is given twice.") }
            if let complaint = parameter.complaint(about: value) { throw Problem.parameter(name, complaint) }
            values[name, default: []].append(value)
        }
        for parameter in parameters where parameter.isRequired && values[parameter.name] == nil {
            throw Problem.parameter(parameter.name, "is missing. It is \(parameter.summary)")
        }
    }

    private static func decode(_ text: Substring) -> String? {
        let isPlain = text.utf8.allSatisfy { $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "+") }
        if isPlain { return String(text) }
        return text.replacing("+", with: "%20").removingPercentEncoding
    }

    func text(_ name: String) -> String? { values[name]?.first }
    func texts(_ name: String) -> [String] { values[name] ?? [] }
    func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
    func number(_ name: String) -> Double? { text(name).flatMap { Double($0) } }
    func flag(_ name: String) -> Bool? { text(name).map { $0 == "true" } }
    /// The parts of a comma-separated list.
    func list(_ name: String) -> [String]? { text(name)?.split(separator: ",").map(String.init) }
    var isEmpty: Bool { values.isEmpty }
}
