import ArgumentParser
import Audit
import DataFolder
import Export
import Formulas
import Foundation

/// What a run must keep to, as `--fail-on` says it.
struct Conditions: Sendable {
    private let thresholds: [Threshold]

    /// - Throws: `Failure` when one of them can't be understood.
    init(_ texts: [String], in set: FormulaSet) throws {
        do {
            thresholds = try texts.map { try Threshold($0, in: set) }
        } catch let error as ThresholdError {
            throw Failure(.usage, error.description)
        }
    }

    var isEmpty: Bool { thresholds.isEmpty }

    /// A run as reports show it, with what came of the conditions.
    func document(of run: EvaluatedRun) -> RunDocument {
        RunDocument(
            run: run.run, results: run.results, scores: run.scores, set: run.set, findings: findings(run))
    }

    /// What came of each condition at each result, or at each model.
    func findings(_ run: EvaluatedRun) -> [ThresholdFinding] {
        thresholds.flatMap { $0.findings(results: run.results.map(\.row), scores: run.scores) }
    }
}

/// The wording that the commands share.
enum ConditionHelp {
    static let failOn = ArgumentHelp(
        """
        A figure of the formula set, > >= < or <=, and a value with its unit: 'ttft_p95>300ms', 'tps<20', 'score<60'. Where one \
        holds, or the figure is not known, the run is not good enough. May be given several times.
        """, valueName: "condition")
}

/// What a run is held against and written to besides the terminal, for CI.
struct GateOptions: ParsableArguments {
    @Option(help: ConditionHelp.failOn) var failOn: [String] = []
    @Option(help: ArgumentHelp("Write the run as JUnit XML, a test case a condition.", valueName: "file")) var junit:
        String?
    @Flag(help: "Append the run as Markdown to the file that GITHUB_STEP_SUMMARY names.") var stepSummary = false

    /// - Throws: `Failure` when something is asked for that can't be done, before anything is measured.
    func gate() throws -> Gate {
        let summary = ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 }
        guard !stepSummary || summary != nil else {
            throw Failure(
                .usage, "'--step-summary': GITHUB_STEP_SUMMARY names no file. GitHub sets it in a workflow's steps.")
        }
        return Gate(
            conditions: try Conditions(failOn, in: FormulaSet.standard), junit: junit,
            stepSummary: stepSummary ? summary : nil)
    }
}

/// What a run goes through when it is over.
struct Gate: Sendable {
    let conditions: Conditions
    let junit: String?
    let stepSummary: String?

    /// Writes the reports.
    ///
    /// - Returns: what to end with when a condition holds, or can't be ruled out; nil when all is well.
    func check(_ run: EvaluatedRun) throws -> Failure? {
        let document = conditions.document(of: run)
        if let junit {
            let file = try OutputFile(path: junit)
            try file.write(document.bytes(as: .junit))
            try file.finish()
        }
        if let stepSummary { try append(document.bytes(as: .markdown), to: stepSummary) }
        let findings = conditions.findings(run)
        let bad = findings.filter { $0.outcome != .passed }
        guard !bad.isEmpty else { return nil }
        for finding in bad { Console.error(finding.sentence) }
        return Failure(
            .threshold, "Not good enough: \(bad.count) of \(Figures.counted(findings.count, "check", "checks")) failed."
        )
    }

    private func append(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw Failure(.failed, "Could not write \(path): \(String(cString: strerror(errno))).")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(bytes))
    }
}
