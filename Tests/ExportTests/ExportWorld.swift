import DataFolder
import EventStore
import Events
@testable import Export
import Foundation
import Formulas
import Results
import Runs
import TestSupport

/// A data folder with runs to export, and what is read back of them.
struct ExportWorld {
    let installation: Installation
    let folder: String

    /// A text that means something to CSV, JSON, SQL, Markdown and HTML.
    static let nasty = "=SUM(A1)|\"it's\",\r\n<b>\\ \u{0}x"

    /// Two runs of 30 samples on two levels and, between them, one that was deleted.
    static func with(_ body: (ExportWorld) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder + "/data")
            defer { installation.close() }
            for id in ["r1", "r2", "r3"] { try await append(run: id, to: installation) }
            try await installation.delete(run: "r2")
            try installation.projector.catchUp()
            try await body(ExportWorld(installation: installation, folder: folder))
        }
    }

    private static func append(run id: String, to installation: Installation) async throws {
        let scenarios = ["Short", nasty.replacing("\u{0}", with: "")]
        var events: [Event] = [
            .runRequested(.fixture(id: id, scenarios: scenarios, levels: [1, 4])),
            .runStarted(.with { ($0.runID, $0.softwareVersion) = (id, "flperf test") }),
            .modelPhaseStarted(.with { ($0.runID, $0.modelID) = (id, "phi-4") }),
        ]
        for index in 0..<30 {
            var sample = InferenceSampled.fixture(
                run: id, scenario: scenarios[index % 2], level: index < 15 ? 1 : 4, iteration: UInt32(index),
                warmup: index == 0, start: Double(index) * 200, ttft: 40 + Double(index), chunks: 5,
                completionTokens: 5, error: index == 7 ? .streamError : .none)
            if index == 7 { sample.errorMessage = "-1 " + nasty.replacing("\u{0}", with: "") }
            sample.promptTokens = UInt64(index)
            events.append(.inferenceSampled(sample))
        }
        events.append(.modelPhaseFinished(.with { ($0.runID, $0.modelID, $0.succeeded) = (id, "phi-4", true) }))
        events.append(.runCompleted(.with { ($0.runID, $0.samples) = (id, 30) }))
        _ = try await installation.log.append(events.map { NewEvent($0) }, to: .run(id))
        _ = try await installation.log.append(
            [
                NewEvent(
                    .logRecorded(
                        .with {
                            ($0.level, $0.entityType, $0.entityID) = (.warn, "benchmark", id)
                            $0.message = "@home, =1+1"
                            $0.fields = ["key": "value"]
                        }))
            ], to: .system)
    }

    func source(run: String? = nil) throws -> ExportSource {
        let row = try run.flatMap { try installation.run($0).value?.run }
        return ExportSource(
            log: installation.log, tables: installation.tables, position: try installation.runs().position, run: row)
    }

    /// A text export as one text.
    func text(_ format: TextFormat, _ tables: [ExportedTable], run: String? = nil) throws -> String {
        var bytes: [UInt8] = []
        _ = try TextExport(format, of: tables).write(source(run: run)) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A run as reports show it.
    func document(_ conditions: [String] = []) throws -> RunDocument {
        let detail = try installation.run("r1").value
        let run = try installation.evaluate(detail!, with: FormulaSet.standard)
        let findings = try conditions.flatMap {
            try Threshold($0, in: run.set).findings(results: run.results.map(\.row), scores: run.scores)
        }
        return RunDocument(run: run.run, results: run.results, scores: run.scores, set: run.set, findings: findings)
    }
}

/// What a program prints; nil when it is not on this machine.
func output(of program: String, _ arguments: [String], input: String = "") throws -> String? {
    let process = try ChildProcess("/usr/bin/env", [program] + arguments, input: input)
    return process.wait() == 0 ? process.output : nil
}
