import Statistics
import Testing

@testable import Formulas

/// The manual names all that the checker takes.
@Suite struct ManualTests {
    private static func names(_ title: String) -> [String] {
        FormulaManual.chapters.filter { $0.title.hasPrefix(title) }.flatMap(\.entries).map(\.name)
    }

    @Test func everyInputHasItsUnitShapeAndSource() {
        for input in InputCatalogue.all {
            let entries = FormulaManual.entries(named: input.name).filter { $0.shape != nil }
            #expect(entries.count == 1, "\(input.name)")
            #expect(entries.first?.unit == input.unit)
            #expect(entries.first?.shape == input.shape.rawValue)
            #expect(entries.first?.source == input.source)
        }
        #expect(Set(Self.names("Measured values")) == Set(InputCatalogue.all.map(\.name)))
    }

    @Test func everythingElseIsThereToo() {
        #expect(Self.names("Functions") == FormulaFunction.all.map(\.name))
        #expect(Set(Self.names("Words")) == Parser.keywords)
        #expect(Self.names("Percentile methods") == Quantile.allCases.map(\.rawValue))
        #expect(Self.names("The original's columns") == FormulaSet.originalColumns)
        for chapter in FormulaManual.chapters {
            for entry in chapter.entries {
                #expect(entry.doc.hasSuffix(".") && entry.doc.contains { $0.isLetter || $0.isNumber }, "\(entry.name)")
            }
        }
    }

    @Test func everyOperatorCompilesAndNoOtherSymbolDoes() {
        for symbol in FormulaOperator.all.map(\.symbol) {
            #expect(throws: Never.self, "\(symbol)") { try makeSet(result: ["m": "count() \(symbol) 2"]) }
        }
        for symbol in "!$%&'.:;=?@[]\\_`{|}~§÷×".map(String.init) + ["**", "=", "<>", "&&", "||"] {
            #expect(throws: FormulaError.self, "\(symbol)") { try makeSet(result: ["m": "count() \(symbol) 2"]) }
        }
    }

    @Test func everyFieldThatAMessageListsIsInTheManual() throws {
        let error = #expect(throws: FormulaError.self) {
            try FormulaSet(text: "set: s\nversion: 1\nzzzzzzzz: 1\nresult: {}", file: "f")
        }
        let sentence = try #require(error?.sentence)
        for name in Self.names("Fields of a set") { #expect(sentence.contains(name), "\(sentence)") }
        #expect(sentence.split(separator: ",").count == Self.names("Fields of a set").count)
    }

    @Test func aPercentileIsFoundByAnyNumber() {
        #expect(FormulaManual.entries(named: "p99.9").first?.usage?.hasPrefix("p50(") == true)
        #expect(FormulaManual.entries(named: "p99,9").isEmpty)
    }
}

/// What two sets say differently.
@Suite struct DifferenceTests {
    private func set(_ rest: String, version: Int = 1) throws -> FormulaSet {
        try FormulaSet(text: "set: s\nversion: \(version)\n\(rest)\n", file: "f")
    }

    @Test func aChangedPieceIsNamedWithBothTexts() throws {
        let first = try set(
            "constants: {a: 1}\nresult: {m: {expr: count() * a, unit: '1'}, n: {expr: count(), unit: '1'}}")
        let second = try set(
            "constants: {a: 2}\nfilter: not warmup\nresult: {m: {expr: count() * a, unit: '1', better: higher}}")

        #expect(
            first.differences(to: second) == [
                FormulaDifference(place: "filter", before: nil, after: "not warmup"),
                FormulaDifference(place: "constants.a", before: "1.0", after: "2.0"),
                FormulaDifference(place: "result.m.better", before: "none", after: "higher"),
                FormulaDifference(place: "result.n.expr", before: "count()", after: nil),
                FormulaDifference(place: "result.n.unit", before: "1", after: nil),
                FormulaDifference(place: "result.n.better", before: "none", after: nil),
            ])
        #expect(first.differences(to: first).isEmpty)
    }

    @Test func spaceMakesNoDifference() throws {
        let first = try set("result: {m: {expr: count() + 1, unit: '1'}}")
        let second = try set("# a remark\nresult:\n  m:\n    unit: '1'\n    expr: >\n      count()\n      + 1")
        #expect(first.differences(to: second).isEmpty)
        #expect(first.digest != second.digest)
    }
}
