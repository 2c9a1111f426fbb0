/// What a formula set gave: its metrics' values in the order of declaration.
public struct ResultValues: Sendable, Equatable {
    /// The metrics' names.
    public let names: [String]
    /// Their values; nil where one is null.
    public let values: [Double?]

    /// - Precondition: as many values as names.
    public init(names: [String], values: [Double?]) {
        precondition(names.count == values.count, "every metric has a value")
        self.names = names
        self.values = values
    }

    /// The value of a metric; nil when it is null or there is no such metric.
    public subscript(name: String) -> Double? {
        names.firstIndex(of: name).flatMap { values[$0] }
    }

    /// The same, by name: what ``FormulaSet/evaluateModel(results:)`` takes.
    public var dictionary: [String: Double?] {
        Dictionary(uniqueKeysWithValues: zip(names, values))
    }
}
