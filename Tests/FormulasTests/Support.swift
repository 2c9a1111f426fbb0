import Testing

@testable import Formulas

/// A set around metrics given as `name: expression`, with a unit that is not checked.
func makeSet(
    sample: KeyValuePairs<String, String> = [:], result: KeyValuePairs<String, String> = ["rows": "count()"],
    model: KeyValuePairs<String, String> = [:], head: String = ""
) throws -> FormulaSet {
    func section(_ name: String, _ metrics: KeyValuePairs<String, String>) -> String {
        metrics.isEmpty
            ? ""
            : "\(name):\n" + metrics.map { "  \($0): {expr: \"\($1)\", unit: \"?\"}\n" }.joined()
    }
    let text =
        "set: test\nversion: 1\n" + (head.isEmpty ? "" : head + "\n") + section("sample", sample)
        + section("result", result) + section("model", model)
    return try FormulaSet(text: text, file: "test.yaml")
}

/// The value of one result expression.
func evaluate(
    _ expression: String, samples: [String: [Double]] = [:], arrays: [String: [[Double]]] = [:],
    readings: [String: [Double]] = [:], constants: [String: Double] = [:], head: String = ""
) throws -> Double? {
    try makeSet(result: ["value": expression], head: head).evaluate(
        samples: table(samples, arrays), resources: readingTable(readings), constants: constants)["value"]
}

func table(_ columns: [String: [Double]], _ arrays: [String: [[Double]]] = [:]) -> SampleTable {
    var table = SampleTable(count: columns.values.first?.count ?? arrays.values.first?.count ?? 0)
    for (name, column) in columns { table[name] = column }
    for (name, column) in arrays { table[array: name] = RaggedColumn(column) }
    return table
}

func readingTable(_ columns: [String: [Double]]) -> ResourceTable {
    var table = ResourceTable(count: columns.values.first?.count ?? 0)
    for (name, column) in columns { table[name] = column }
    return table
}

let null = Double.nan
