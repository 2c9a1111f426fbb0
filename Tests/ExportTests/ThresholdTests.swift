import Export
import Formulas
import Foundation
import Results
import Testing

struct ThresholdTests {
    private let set = FormulaSet.standard

    private func row(_ metrics: [String: Double?]) throws -> ResultRow {
        var row = try ExportTests.row()
        row.metrics = [set.name: metrics]
        return row
    }

    @Test(arguments: [
        ("ttft_p95>300ms", ThresholdFinding.Outcome.failed), ("ttft_p95 > 0.3 s", .failed), ("ttft_p95>0.5s", .passed),
        ("ttft_p95>400", .passed), ("ttft_p95>=400ms", .failed), ("ttft_p95<400000us", .passed),
        ("ttft_p95<=400000 µs", .failed), ("ttft_p95<1min", .failed), ("ttft_p95>4e2ms", .passed),
        ("output_tps<21 tok/s", .failed), ("output_tps<1 tokens/min", .passed), ("output_tps<0.02 tokens/ms", .passed),
        ("tpot_mean>0.01 s/token", .failed), ("error_rate>1%", .failed), ("error_rate>0.02 share", .passed),
        // The original's columns too: what fills them in this set.
        ("ttft>100ms", .failed), ("tps<1", .passed), ("goodput<1", .unknown), ("latency_p99>1s", .unknown),
    ])
    func aConditionIsComparedInTheFiguresUnit(text: String, outcome: ThresholdFinding.Outcome) throws {
        let row = try row([
            "ttft_p95": 400, "ttft_p50": 120, "output_tps": 20, "tpot_mean": 50, "error_rate": 1.5, "goodput": nil,
        ])

        let findings = try Threshold(text, in: set).findings(results: [row], scores: [])

        #expect(findings.map(\.outcome) == [outcome])
    }

    @Test(arguments: [
        ("tft_p95>300ms", "Did you mean 'ttft_p95'?"), ("ttft_p95>300tokens", "'ttft_p95' is in ms, which 'tokens'"),
        ("ttft_p95>300 tokens/s", "can't be converted"), ("ttft_p95", "is no condition"),
        ("ttft_p95>", "is no condition"),
        (">3", "is no condition"), ("ttft_p95=300", "is no condition"), ("ttft_p95>3..5", "is no condition"),
        ("", "is no condition"), ("error_rate>1 points", "is in %"), ("e2e>1s", "has no figure 'e2e'"),
    ])
    func whatCannotBeUnderstoodIsTold(text: String, sentence: String) {
        let error = #expect(throws: ThresholdError.self) { try Threshold(text, in: set) }

        #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("'\(text)'") == true)
    }

    @Test func everyUnitOfABuiltInSetIsComparedWithItself() throws {
        for set in FormulaSet.builtIn {
            for metric in set.metrics where metric.section != .sample {
                _ = try Threshold("\(metric.name)>1\(metric.unit == "1" ? "" : metric.unit)", in: set)
            }
        }
    }

    @Test func aModelsFigureIsLookedAtOnceAModel() throws {
        let text = """
            {"run_id":"r","model_id":"m","model_alias":"phi","metrics":{"standard/1":{"score":55}},"last_position":1}
            """
        let score = try JSONDecoder().decode(ScoreRow.self, from: Data(text.utf8))

        let findings = try Threshold("score<60", in: set).findings(results: [try row([:])], scores: [score])

        #expect(findings.count == 1)
        #expect(findings[0].sentence == "phi: score is 55.0 points: score<60.")
        #expect(findings[0].scenario == nil)
    }

    @Test func anUnknownFigureIsNotGoodEnough() throws {
        let finding = try Threshold("ttft_p95>300ms", in: set).findings(results: [try row([:])], scores: [])[0]

        #expect(finding.outcome == .unknown)
        #expect(finding.sentence == "m, Capital: ttft_p95 is not known, so 'ttft_p95>300ms' can't be ruled out.")
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(finding)) as? [String: Any]
        #expect(object?["value"] is NSNull)
    }

    @Test func infiniteLatencyFailsAndIsWrittenAsNull() throws {
        let finding = try Threshold("ttft_p95>300ms", in: set).findings(
            results: [try row(["ttft_p95": .infinity])], scores: [])[0]

        #expect(finding.outcome == .failed)
        #expect(finding.sentence == "m, Capital: ttft_p95 is ∞: ttft_p95>300ms.")
        _ = try JSONEncoder().encode(finding)
    }
}
