import Benchmarking
import DataFolder
import Export
import Foundation
import Formulas
import Hummingbird
import Logs
import ProjectionKit
import Results
import Runs

/// A suite file that can't be used, told beside those that can.
private struct BrokenSuite: Codable {
    var file: String
    var error: String
}

private struct SuiteList: Codable {
    var suites: [SuiteView]
    var errors: [BrokenSuite]
}

private struct RunWithResults: Codable {
    var run: RunRow
    var results: [ResultRow]
    var scores: [ScoreRow]
    var position: UInt64
}

/// The same, with the results' intervals.
private struct EvaluatedResults: Encodable {
    var run: RunRow
    var results: [ResultDetail]
    var scores: [ScoreRow]
    var position: UInt64
}

private struct RunStatus: Codable {
    var status: RunRow.Status
    @Nullable var progress: Int?
    var run: RunRow
}

func addBenchmarkRoutes(to router: Router<BasicRequestContext>, _ sources: WebSources) {
    let installation = sources.installation

    @Sendable func detail(_ context: BasicRequestContext) throws -> (value: RunDetail, position: UInt64) {
        let id = try context.parameters.require("id")
        let answer = try installation.run(id)
        guard let detail = answer.value, detail.run.id == id else {
            throw try Problem.noRun(id, installation)
        }
        return (detail, answer.position)
    }

    @Sendable func export(
        _ context: BasicRequestContext, _ type: String, _ ending: String, _ write: (RunDetail) throws -> [UInt8]
    ) throws -> Response {
        let run = try detail(context).value
        return Response(
            status: .ok,
            headers: [
                .contentType: type, .contentDisposition: "attachment; filename=\"benchmark-\(run.run.id).\(ending)\"",
            ], bytes: try write(run))
    }

    router.get("/api/benchmarks/suites") { _, _ in
        var list = SuiteList(suites: [], errors: [])
        for entry in sources.suites.entries() {
            switch entry.suite {
            case .success(let suite): list.suites.append(SuiteView(suite))
            case .failure(let error):
                list.errors.append(
                    BrokenSuite(
                        file: entry.path.split(separator: "/").last.map(String.init) ?? "", error: error.description))
            }
        }
        return try Response.json(list)
    }
    router.get("/api/benchmarks/runs") { request, _ in
        let deleted = request.uri.queryParameters["deleted"].map(String.init) ?? "false"
        guard deleted == "true" || deleted == "false" else {
            throw Problem.badRequest("'deleted' must be true or false, found '\(deleted)'.")
        }
        let runs = try deleted == "true" ? installation.deletedRuns() : installation.runs()
        return try Response.json(["runs": runs.value])
    }
    router.get("/api/benchmarks/runs/:id") { request, context in
        let answer = try detail(context)
        if let evaluated = try evaluated(request, answer.value, installation) {
            return try Response.json(
                EvaluatedResults(
                    run: evaluated.run, results: evaluated.results, scores: evaluated.scores, position: answer.position)
            )
        }
        let results = try withColumns(of: request, answer.value.results, installation)
        return try Response.json(
            RunWithResults(
                run: answer.value.run, results: results, scores: answer.value.scores, position: answer.position))
    }
    router.get("/api/benchmarks/runs/:id/status") { _, context in
        let run = try detail(context).value.run
        return try Response.json(RunStatus(status: run.status, progress: run.progress, run: run))
    }
    router.get("/api/benchmarks/results") { request, _ in
        let run = request.uri.queryParameters["runId"].map(String.init)
        let model = request.uri.queryParameters["modelId"].map(String.init)
        if let run, try installation.run(run).value?.run.id != run {
            throw try Problem.noRun(run, installation)
        }
        let rows = try installation.results(run: run).value.filter { model == nil || $0.model_id == model }
        return try Response.json(["results": withColumns(of: request, rows, installation)])
    }
    router.get("/api/benchmarks/runs/:id/export/json") { _, context in
        try export(context, "application/json", "json") { try RunExport(run: $0.run, results: $0.results).json() }
    }
    router.get("/api/benchmarks/runs/:id/export/csv") { _, context in
        try export(context, "text/csv; charset=utf-8", "csv") { Array(CSVWriter.results($0.results).utf8) }
    }
    router.get("/api/benchmarks/runs/:id/logs") { request, context in
        let run = try detail(context).value.run
        return try Response.json(["logs": installation.logs(limit(of: request), entityID: run.id).value])
    }
}

/// `?formulas=NAME/VERSION` fills the original's columns from another set.
private func withColumns(
    of request: Request, _ rows: [ResultRow], _ installation: Installation
) throws -> [ResultRow] {
    guard let set = try formulas(of: request, installation) else { return rows }
    return try installation.columns(of: rows, from: set)
}

/// `?intervals=true` and `?failures=left-out|infinite` have the figures evaluated anew from the samples; nil without either.
private func evaluated(_ request: Request, _ detail: RunDetail, _ installation: Installation) throws -> EvaluatedRun? {
    let intervals = request.uri.queryParameters["intervals"].map(String.init)
    let text = request.uri.queryParameters["failures"].map(String.init)
    guard intervals == nil || intervals == "true" || intervals == "false" else {
        throw Problem.badRequest("'intervals' must be true or false, found '\(intervals ?? "")'.")
    }
    guard intervals == "true" || text != nil else { return nil }
    guard let failures = FormulaSet.FailedRequests(rawValue: text ?? "left-out") else {
        throw Problem.badRequest("'failures' must be left-out or infinite, found '\(text ?? "")'.")
    }
    let set =
        try formulas(of: request, installation) ?? FormulaSet.named(detail.run.formula_set) ?? FormulaSet.builtIn[0]
    return try installation.evaluate(detail, with: set, failures: failures)
}

/// The set that `?formulas=NAME/VERSION` names; nil without it.
func formulas(of request: Request, _ installation: Installation) throws -> FormulaSet? {
    guard let name = request.uri.queryParameters["formulas"].map(String.init) else { return nil }
    do {
        return try installation.formulaSet(name)
    } catch let error as FormulaLookupError {
        throw Problem.badRequest(error.description)
    }
}
