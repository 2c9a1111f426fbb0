import Testing

@testable import Formulas

@Suite struct CatalogueTests {
    @Test func everyInputIsDocumented() {
        for input in InputCatalogue.all {
            #expect(!input.unit.isEmpty, "\(input.name) has no unit")
            #expect(FormulaUnit(input.unit) != nil, "\(input.name): '\(input.unit)' cannot be checked")
            #expect(input.doc.hasSuffix(".") && input.doc.count > 15, "\(input.name) has no sentence")
            #expect(!input.source.isEmpty, "\(input.name) has no source")
        }
        #expect(Set(InputCatalogue.all.map(\.name)).count == InputCatalogue.all.count)
        #expect(Set(InputCatalogue.all.map(\.shape)) == Set(InputCatalogue.Shape.allCases))
    }

    @Test func everyInputCanBeNamedInAFormula() throws {
        for input in InputCatalogue.all {
            let expression = input.shape == .group ? input.name : "count(\(input.name))"
            let set = try makeSet(result: ["m": expression])

            #expect(set.inputsNeeded == [input.name])
        }
    }

    @Test func everyFunctionIsDocumentedAndCompiles() throws {
        let calls = [
            "if": "if(1, 2, 3)", "coalesce": "coalesce(1, 2)", "clamp": "clamp(1, 2, 3)", "count": "count()",
            "percentile": "percentile(ended, 5)", "trimmed_mean": "trimmed_mean(ended, 0.1)",
            "span": "span(started, ended)", "weighted_percentile": "weighted_percentile(ended, completion_tokens, 50)",
            "most_at_once": "most_at_once(started, ended, 1)",
        ]
        for function in FormulaFunction.all {
            #expect(!function.doc.isEmpty)
            #expect(function.usage.hasPrefix(function.name + "("))
            let call = calls[function.name] ?? "\(function.name)(\(function.isAggregate ? "ended" : "1"))"
            #expect(throws: Never.self, "\(call)") { try makeSet(result: ["m": call]) }
        }
    }

    @Test(arguments: [
        ("ms", "ms"), ("tokens/s", "token/s"), ("1/s", "1/s"), ("requests/s", "1/s"), ("share", "1"), ("%", "%"),
        ("W*s", "W*s"), ("J/token", "J/token"), ("B", "byte"), ("ms/ms", "1"),
    ])
    func unitsAreReadByTheirMeaning(_ text: String, _ expected: String) {
        #expect(FormulaUnit(text)?.description == expected)
    }

    @Test(arguments: ["", "0–100", "ms/", "/s", "a b", "?", "m^2"])
    func otherUnitsAreShownButNotChecked(_ text: String) {
        #expect(FormulaUnit(text) == nil)
    }
}
