import Testing

@testable import Formulas

/// The wording of what a person sees when a set is wrong.
@Suite struct FormulaErrorTests {
    private func message(of text: String) -> String {
        do {
            _ = try FormulaSet(text: text, file: "standard.yaml")
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    /// A set with one metric, whose expression starts at 5:13.
    private func message(_ expression: String, in section: String = "result", head: String = "title: t") -> String {
        let rest = section == "result" ? "" : "result: {rows: {expr: count(), unit: count}}\n"
        return message(
            of: "set: s\nversion: 1\n\(head)\n\(section):\n  m: {expr: \(expression)\n   , unit: '?'}\n\(rest)")
    }

    @Test(arguments: [
        ("mean(ttfb)", "5:19: unknown name 'ttfb'."),
        ("mean(streamd)", "5:19: unknown name 'streamd'. Did you mean 'streamed'?"),
        ("maen(ended)", "5:14: unknown function 'maen'. Did you mean 'mean'?"),
        ("mean", "5:14: 'mean' is a function: write mean(x where c)"),
        ("1 +", "5:17: expected a number, a name or '(', found the end of the expression"),
        ("(1 + 2", "5:20: expected ')', found the end of the expression"),
        ("1 2", "5:16: expected an operator or the end, found '2.0'"),
        ("1 < 2 < 3", "5:20: comparisons do not chain. Write 'a < b and b < c' for 'a < b < c'"),
        ("1 = 2", "5:16: unexpected character '='. Equality is written '=='"),
        ("5ms", "5:15: unexpected 'm' after the number '5'. Numbers carry no unit"),
        ("1e999", "5:14: the number '1e999' is too large"),
        (
            "m + 1",
            "5:14: 'm' is not yet defined here: a metric can use the ones above it, neither itself nor those below"
        ),
        (
            "ended - started",
            "5:20: 'm' in 'result' needs a single value, found one value per sample. Fold it with an aggregate, such as mean(…)"
        ),
        (
            "mean(mean(gaps))",
            "5:19: 'mean' has nothing to fold: this is a single value. Leave the aggregate out, or name a column"
        ),
        ("stddev(ended, 2)", "5:14: 'stddev' takes 1 argument, found 2: stddev(x where c)"),
        ("if(1, 2)", "5:14: 'if' takes 3 arguments, found 2: if(condition, a, b)"),
        ("span(started, gaps)", "5:28: 'span' needs one value per sample, found one value per gap"),
        ("span(started, prompt_tokens)", "5:14: 'span' needs one unit, found ms on the left and token on the right."),
        (
            "span(started, ended where gaps > 1)",
            "5:45: the condition has one value per gap, but 'span' runs over one value per sample"
        ),
        ("abs(ended where failed)", "5:30: 'abs' takes no 'where' here, since it does not fold many values into one"),
        ("p101(ended)", "5:14: a percentile lies between 0 and 100, found 101.0"),
        ("percentile(ended, 50, linaer)", "5:36: unknown percentile method 'linaer'. Did you mean 'linear'?"),
        (
            "percentile(ended, 95, upper_median)",
            "5:32: 'upper_median' gives the 50th percentile only; 'floor_rank' gives the others"
        ),
        ("trimmed_mean(ended, 0.5)", "5:34: the fraction of 'trimmed_mean' must be a number from 0 to below 0.5"),
        (
            "mean(ended * host_cpu)",
            "5:25: '*' cannot put one value per sample beside one value per resource reading. "
                + "Fold one of them with an aggregate first"
        ),
        (
            "mean(ended where host_cpu > 50)",
            "5:40: the condition has one value per resource reading, but 'mean' runs over one value per sample"
        ),
        (
            "mean(gaps * chunk_times)",
            "5:24: '*' cannot put one value per gap beside one value per chunk. Fold one of them with an aggregate first"
        ),
        (
            "sum(ended + prompt_tokens)",
            "5:24: '+' needs one unit, found ms on the left and token on the right."
        ),
        (
            "count(where ended > prompt_tokens)",
            "5:32: '>' needs one unit, found ms on the left and token on the right."
        ),
        (
            "sum(started + sever_totl)",
            "5:28: unknown name 'sever_totl'."
        ),
    ])
    func aWrongExpressionIsNamedAtItsPlace(_ expression: String, _ expected: String) {
        #expect(message("'\(expression)'") == "standard.yaml:\(expected)")
    }

    @Test func aWrongUnitGetsAGuessAtTheNameMeant() {
        #expect(
            message("sum(prompt_tokens + cached_token)", head: "constants: {cached_token: {value: 1, unit: chunks}}")
                == "standard.yaml:5:31: '+' needs one unit, found token on the left and chunk on the right. "
                + "Did you mean 'cached_tokens'?")
        #expect(
            message(of: "set: s\nversion: 1\nresult:\n  m: {expr: mean(prompt_tokens), unit: ms}\n")
                == "standard.yaml:4:13: 'm' is declared in ms, but its expression gives token")
    }

    @Test(arguments: [
        (
            "mean(ended)", "sample",
            "5:18: 'mean' in 'sample' folds one sample's own array (gaps, chunk_times, chunk_sizes), found one value per "
                + "sample. Aggregates over samples belong in 'result'"
        ),
        (
            "gaps", "sample",
            "5:13: 'm' in 'sample' needs one value per sample, found one value per gap. "
                + "Fold it with an aggregate, such as mean(…)"
        ),
        (
            "host_cpu", "sample",
            "5:13: 'host_cpu' (one per resource reading) cannot be used in 'sample'. Use it in 'result'"
        ),
        ("rows", "sample", "5:13: 'rows' is a metric of 'result' and cannot be used in 'sample'"),
        (
            "mean(ended)", "model",
            "5:18: 'ended' (one per sample) cannot be used in 'model', which sees the set's result metrics"
        ),
        ("mean(row)", "model", "5:18: unknown name 'row'. Did you mean 'rows'?"),
    ])
    func aNameOfAnotherSectionIsExplained(_ expression: String, _ section: String, _ expected: String) {
        #expect(message(expression, in: section) == "standard.yaml:\(expected)")
    }

    @Test(arguments: [
        ("", "1:1: the set is empty"),
        ("a: [", "2:1: this is not YAML: did not find expected node content"),
        ("just words", "1:1: a formula set must be a map of names and values"),
        ("set: s\nversion: 1", "1:1: a formula set needs the field 'result'"),
        ("set: s\nversion: 0\nresult: {}", "2:10: 'version' must be a whole number from 1, found '0'"),
        ("set: a b\nversion: 1\nresult: {}", "1:6: 'set' must be a name of letters, digits, '_' and '-', found 'a b'"),
        ("set: s\nverison: 1\nresult: {}", "2:1: unknown field 'verison' in a formula set. Did you mean 'version'?"),
        ("set: s\nversion: 1\nresult: {m: {expr: 1}}", "3:13: metric 'm' needs the field 'unit'"),
        ("set: s\nversion: 1\nresult: {m: {unit: ms}}", "3:13: metric 'm' needs the field 'expr'"),
        ("set: s\nversion: 1\nresult: {m: 1}", "3:13: metric 'm' must be a map of names and values"),
        (
            "set: s\nversion: 1\nresult: {m: {expr: 1, unit: ms, better: more}}",
            "3:41: 'better' must be 'higher', 'lower' or 'none', found 'more'"
        ),
        (
            "set: s\nversion: 1\nresult:\n  m: {expr: 1, unit: ms}\n  m: {expr: 2, unit: ms}",
            "4:3: 'm' is declared twice"
        ),
        (
            "set: s\nversion: 1\nresult: {and: {expr: 1, unit: ms}}",
            "3:10: 'and' cannot name a metric: a name is a letter, then letters, digits and '_', at most 64, "
                + "and not a word of the language"
        ),
        (
            "set: s\nversion: 1\nsample: {ended: {expr: 1, unit: ms}}\nresult: {}",
            "3:10: 'ended' is the name of an input. Choose another"
        ),
        (
            "set: s\nversion: 1\nconstants: {k: 1}\nresult: {k: {expr: 1, unit: ms}}",
            "4:10: 'k' is already the name of a constant"
        ),
        ("set: s\nversion: 1\nconstants: {k: x}\nresult: {}", "3:16: constant 'k' must be a number, found 'x'"),
        ("set: s\nversion: 1\ncolumns: {tsp: a}\nresult: {}", "3:11: unknown column 'tsp'. Did you mean 'tps'?"),
        (
            "set: s\nversion: 1\ncolumns: {tps: tpz}\nresult: {tpx: {expr: 1, unit: s}}",
            "3:16: column 'tps' names no metric of 'result': 'tpz'. Did you mean 'tpx'?"
        ),
        (
            "set: s\nversion: 1\npercentile_method: exact\nresult: {}",
            "3:20: unknown percentile method 'exact'. Known are nearest_rank, linear, upper_median, floor_rank, inverse_cdf, nearest"
        ),
        (
            "set: s\nversion: 1\npercentile_tail: -1\nresult: {}",
            "3:18: 'percentile_tail' must be a number from 0 to 1000, found '-1'"
        ),
        ("set: s\nversion: 1\nfilter: 1\nresult: {}", "3:9: a filter needs one value per sample, found a single value"),
        (
            "set: s\nversion: 1\ntitle: &a x\nresult: {}",
            "3:8: YAML anchors ('&name') are not read in formula sets. In a text, put a space after the '&'"
        ),
    ])
    func aWrongSetIsNamedAtItsPlace(_ text: String, _ expected: String) {
        #expect(message(of: text) == "standard.yaml:\(expected)")
    }

    @Test(arguments: [
        ("expr: 1 + ttfb", "5:15"), ("expr: '1 + ttfb'", "5:16"), ("expr: \"1 + ttfb\"", "5:16"),
        ("expr: >-\n      1 +\n        ttfb", "7:9"), ("expr: |\n      1 +\n      2 - ttfb", "7:11"),
        ("expr: 1\n      + ttfb", "6:9"), ("expr: 'é + ttfb'", "5:12"),
        // With an escape the two texts differ, and the place is the start of the scalar.
        ("expr: \"1 \\u002B ttfb\"", "5:11"),
    ])
    func thePlaceIsFoundInEveryStyleOfScalar(_ field: String, _ place: String) {
        let found = message(of: "set: s\nversion: 1\nresult:\n  m:\n    \(field)\n    unit: ms\n")

        #expect(found.hasPrefix("standard.yaml:\(place): un"))
    }

    @Test func aLineBreakOfWindowsCountsOnce() {
        let text = "set: s\r\nversion: 1\r\nresult:\r\n  m: {expr: ttfb, unit: ms}\r\n"

        #expect(message(of: text) == "standard.yaml:4:13: unknown name 'ttfb'.")
    }

    @Test func errorsOfTheBuiltInSetsNameTheirInputs() {
        let text = BuiltIn.standard1.replacing("first_content - coalesce", with: "first_contnet - coalesce")

        #expect(message(of: text).hasSuffix("unknown name 'first_contnet'. Did you mean 'first_content'?"))
    }

    @Test func everyLimitHasItsMessage() {
        let long = String(repeating: "1 + ", count: 1000) + "1"
        #expect(message(long).contains("more than 4000. Name parts of it as metrics of their own"))
        let chain = String(repeating: "1 + ", count: 200) + "1"
        #expect(message(chain).contains("nests more than 100 levels deep"))
        for nest in ["(", "-", "not ", "abs(", "1 ^ ", "sum(where "] {
            #expect(message("'\(String(repeating: nest, count: 300))'").contains("nests more than 100 levels deep"))
        }
        #expect(message("'max(\(String(repeating: "1,", count: 40))1)'").contains("'max' has more than 32 arguments"))
        #expect(message(String(repeating: "a", count: 65)).contains("a name has more than 64 characters"))
        #expect(message(of: String(repeating: "#", count: 200_000)).contains("200000 bytes, more than 131072"))
        let many = (0...400).map { "  m\($0): {expr: 1, unit: ms}\n" }.joined()
        #expect(
            message(of: "set: s\nversion: 1\nresult:\n\(many)").contains("401 metrics and constants, more than 400"))
    }

    @Test(arguments: ["[", "{", "- ", "? ", "a: [", "? - "])
    func deepYAMLIsRefusedAndNotFollowed(_ nest: String) {
        #expect(message(of: String(repeating: nest, count: 60_000 / nest.count)).hasPrefix("standard.yaml:"))
    }
}
