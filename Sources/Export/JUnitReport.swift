import Foundation
import Runs

/// A run as JUnit's XML, which CI systems show: a suite a model; a case for its measurement, and one for each condition at each
/// of its results.
public enum JUnitReport {
    /// Ends with a line break.
    public static func xml(of document: RunDocument) -> String {
        let suites = document.run.phases.map { suite(of: $0, document) }
        let all = suites.flatMap(\.cases)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="flperf run \(HTMLReport.escaped(document.run.id))" \(counts(all))>
            \(suites.map(\.xml).joined(separator: "\n"))
            </testsuites>

            """
    }

    private struct Case {
        var name: String
        /// What is wrong; nil when nothing is.
        var problem: (kind: Kind, sentence: String)?
        enum Kind: String { case failure, error }
    }

    private struct Suite {
        var name: String
        var time: String
        var cases: [Case]

        var xml: String {
            """
              <testsuite name="\(HTMLReport.escaped(name))" \(counts(cases))\(time)>
            \(cases.map { xml(of: $0) }.joined(separator: "\n"))
              </testsuite>
            """
        }

        private func xml(of test: Case) -> String {
            let opening =
                "    <testcase classname=\"\(HTMLReport.escaped(name))\" name=\"\(HTMLReport.escaped(test.name))\""
            guard let problem = test.problem else { return opening + "/>" }
            let sentence = HTMLReport.escaped(problem.sentence)
            return "\(opening)><\(problem.kind.rawValue) message=\"\(sentence)\"/></testcase>"
        }
    }

    private static func suite(of phase: PhaseRow, _ document: RunDocument) -> Suite {
        let measured = Case(
            name: "is measured",
            problem: phase.status == .completed
                ? nil
                : (.error, phase.reason ?? document.run.reason ?? "Its part of the run is \(phase.status.rawValue)."))
        let conditions = document.findings.filter { $0.model_id == phase.model_id }.map { finding in
            Case(
                name: "\(finding.place): not \(finding.condition)",
                problem: finding.outcome == .passed
                    ? nil : (finding.outcome == .failed ? .failure : .error, finding.sentence))
        }
        // The clock of a test is its requests': of all results of the model.
        let rows = document.results.map(\.row).filter { $0.model_id == phase.model_id }
        let durations = rows.compactMap { $0.metrics[document.set.name]?["duration"] ?? nil }
        let seconds = durations.isEmpty ? nil : durations.reduce(0, +) / 1000
        return Suite(
            name: phase.alias, time: seconds.map { String(format: " time=\"%.3f\"", $0) } ?? "",
            cases: [measured] + conditions)
    }

    private static func counts(_ cases: [Case]) -> String {
        let count = { (kind: Case.Kind) in cases.count { $0.problem?.kind == kind } }
        return "tests=\"\(cases.count)\" failures=\"\(count(.failure))\" errors=\"\(count(.error))\""
    }
}
