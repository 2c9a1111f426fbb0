import Foundation
import Testing

@testable import Formulas

/// Whatever the text, a set is either refused with a place or evaluated; nothing crashes or hangs.
///
/// `FLPERF_FUZZ_SCALE=100` tries a hundred times as many texts, and others.
@Suite struct FuzzTests {
    private static let scale = ProcessInfo.processInfo.environment["FLPERF_FUZZ_SCALE"].flatMap { Int($0) } ?? 1

    private static let words =
        [
            "(", ")", ",", "+", "-", "*", "/", "^", "<", "<=", "==", "!=", "and ", "or ", "not ", " where ", "null",
            "1",
            "0.5", "1e308", "true", "mean(", "p95(", "count(", "percentile(", "trimmed_mean(", "min(", "if(",
            "coalesce(", "weighted_percentile(", "most_at_once(", "span(", "infinity", "p99.9(", "p1e300(", "1e-308",
            "^ 99 ",
            "linear", "é", "\u{0}", "\n", ":", "{", "}", "[", "]", "- ", "'", "\"", "#", "&a ", "*a", "|", ">", "\t",
            "%",
        ] + InputCatalogue.all.map(\.name)

    @Test func mutatedSetsAreRefusedOrEvaluated() async {
        var generator = SplitMix(state: 20_260_100 + UInt64(Self.scale))
        let seeds = [BuiltIn.flPerformance1, small].map { Array($0.utf8) }
        var accepted = 0
        for round in 0..<4_000 * Self.scale {
            if round.isMultiple(of: 50) { await Task.yield() }
            var bytes = seeds[round % 40 == 0 ? 0 : 1]
            for _ in 0..<generator.below(4) { mutate(&bytes, &generator) }
            if evaluates(String(decoding: bytes, as: UTF8.self)) { accepted += 1 }
        }

        #expect(accepted > 400 * Self.scale && accepted < 3_900 * Self.scale)
    }

    @Test func expressionsOfRandomWordsAreRefusedOrEvaluated() async {
        var generator = SplitMix(state: 6 + UInt64(Self.scale))
        for round in 0..<4_000 * Self.scale {
            if round.isMultiple(of: 50) { await Task.yield() }
            let expression = (0...generator.below(12)).map { _ in Self.words[generator.below(Self.words.count)] }
                .joined()
            _ = evaluates("set: s\nversion: 1\nresult:\n  m:\n    unit: ms\n    expr: \(expression)\n")
        }
    }

    @Test func grammaticalExpressionsOfAnyShapeAreRefusedOrEvaluated() async {
        var generator = SplitMix(state: 10 + UInt64(Self.scale))
        var accepted = 0
        for round in 0..<3_000 * Self.scale {
            if round.isMultiple(of: 50) { await Task.yield() }
            let section = ["sample", "result", "model"][round % 3]
            let expression = grammatical(&generator, depth: 5)
            let rest = section == "result" ? "" : "result: {tps: {expr: count(), unit: count}}\n"
            let text = "set: s\nversion: 1\n\(rest)\(section):\n  m:\n    unit: '?'\n    expr: \(expression)\n"
            if evaluates(text) { accepted += 1 }
        }

        #expect(accepted > 150 * Self.scale)
    }

    private let small = """
        set: s
        version: 1
        filter: not warmup
        constants: {limit: {value: 5, unit: ms}}
        sample: {a: {expr: mean(gaps where gaps > limit), unit: ms}, b: {expr: ended - started, unit: ms}}
        result:
          p: {expr: "p95(b where not failed) + trimmed_mean(a, 0.1)", unit: ms}
          q:
            expr: if(count(where after_sample) > 0, mean(host_cpu), null)
            unit: "%"
        model: {m: {expr: "clamp(mean(p) / 3, 0, 1)", unit: share}}
        """

    private func evaluates(_ text: String) -> Bool {
        do {
            let set = try FormulaSet(text: text, file: "f")
            let samples = table(
                ["ended": [1, null, 3], "started": [0, 1, 2], "failed": [0, 1, null], "warmup": [0, 0, 0]],
                [
                    "gaps": [[1, 9], [], [7]], "chunk_times": [[1, 2, 3], [], [1, 2]],
                    "chunk_sizes": [[], [8], [1, 2]],
                ])
            let result = set.evaluate(samples: samples, resources: readingTable(["host_cpu": [1, null]]))
            let empty = set.evaluate(samples: SampleTable(count: 0), resources: ResourceTable(count: 0))
            _ = set.evaluateModel(results: [result.dictionary, empty.dictionary, [:]])
            _ = set.sampleValues(samples: samples)
            return true
        } catch {
            #expect(error.line >= 1 && error.column >= 1 && !error.sentence.isEmpty)
            return false
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix) {
        let place = generator.below(bytes.count)
        let length = min(generator.below(12), bytes.count - place)
        switch generator.below(4) {
        case 0: bytes.removeSubrange(place..<(place + length))
        case 1: bytes.insert(contentsOf: Array(bytes[place..<(place + length)]), at: generator.below(bytes.count))
        case 2: bytes.insert(contentsOf: Self.words[generator.below(Self.words.count)].utf8, at: place)
        default: bytes[place] = UInt8(generator.below(256))
        }
        if bytes.isEmpty { bytes = [0x20] }
    }

    private func grammatical(_ generator: inout SplitMix, depth: Int) -> String {
        func next(_ generator: inout SplitMix) -> String { grammatical(&generator, depth: depth - 1) }
        let names = [
            "ended", "failed", "gaps", "chunk_times", "chunk_sizes", "host_cpu", "concurrency", "tps", "2", "0", "null",
        ]
        guard depth > 0 else { return names[generator.below(names.count)] }
        switch generator.below(9) {
        case 0: return "(\(next(&generator)) + \(next(&generator)))"
        case 1: return "(\(next(&generator)) / \(next(&generator)))"
        case 2: return "(\(next(&generator)) and \(next(&generator)))"
        case 3: return "if(\(next(&generator)), \(next(&generator)), \(next(&generator)))"
        case 4: return "coalesce(\(next(&generator)), \(next(&generator)))"
        case 5, 6:
            let name = ["sum", "p99.9", "first", "stddev", "count", "max"][generator.below(6)]
            return "\(name)(\(next(&generator)) where \(next(&generator)))"
        default: return names[generator.below(names.count)]
        }
    }
}

/// SplitMix64, so that every run sees the same texts.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)).multipliedFullWidth(by: UInt64(bound)).high)
    }
}
