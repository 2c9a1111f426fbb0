import DataFolder
import Export
import Foundation
import Formulas
import Hummingbird
import Logs
import Orchestrator
import ProjectionKit
import Results
import Runs

private struct RunStatus: Codable {
    var status: RunRow.Status
    @Nullable var progress: Int?
    var run: RunRow
}

func addBenchmarkRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    @Sendable func detail(_ call: Call) throws -> RunDetail {
        let id = try call.id
        guard let detail = try installation.run(id).value, detail.run.id == id else {
            throw try Problem.noRun(id, installation)
        }
        return detail
    }

    @Sendable func export(
        _ call: Call, _ type: String, _ ending: String, _ write: (RunDetail) throws -> [UInt8]
    ) throws -> Response {
        let run = try detail(call)
        return Response(
            status: .ok,
            headers: [
                .contentType: type, .contentDisposition: "attachment; filename=\"benchmark-\(run.run.id).\(ending)\"",
            ], bytes: try write(run))
    }

    table.get(
        "/api/benchmarks/runs", "Every run, newest first.",
        query: [Parameter(name: "deleted", kind: .boolean, summary: "The deleted ones instead.")]
            + Listing.runs.parameters, answer: Listing.runs.answer, of: { _ in [.runs] }
    ) { call in
        let runs = try call.query.flag("deleted") == true ? installation.deletedRuns() : installation.runs()
        return try Listing.runs.response(runs.value, to: call)
    }
    table.get(
        "/api/benchmarks/runs/{id}", "One run with its results.", query: [.formulas, .intervals, .failures, .metrics],
        answer: .runWithResults, of: { [.run(try $0.id)] }
    ) { call in
        let members = Listing.results.members(of: call)
        let isPlain = ["formulas", "intervals", "failures"].allSatisfy { call.query.texts($0).isEmpty }
        if isPlain {
            let id = try call.id
            guard let run = try installation.runRow(id) else { throw try Problem.noRun(id, installation) }
            if let lists = try installation.resultsJSON(of: run, row: JSONMembers(choice: members).write) {
                return try .run(run, lists.results, scores: lists.scores, at: run.last_position)
            }
        }
        let detail = try detail(call)
        let encoder = RowEncoder(members)
        let (all, position) = (RowEncoder(.all), detail.lastPosition)
        if let evaluated = try evaluated(call, detail, installation) {
            return try .run(
                evaluated.run, encoder.list(evaluated.results), scores: all.list(evaluated.scores), at: position)
        }
        let results = try withColumns(of: call, detail.results, installation)
        return try .run(detail.run, encoder.list(results), scores: all.list(detail.scores), at: position)
    }
    table.get(
        "/api/benchmarks/runs/{id}/status", "How far a run is.", answer: .json(RunStatus.self),
        of: { [.run(try $0.id)] }
    ) { call in
        let run = try detail(call).run
        return try Response.json(RunStatus(status: run.status, progress: run.progress, run: run))
    }
    table.get(
        "/api/benchmarks/results", "Results, of one run or of all.",
        query: [
            Parameter(name: "runId", kind: .text(Parameter.nameLength), summary: "Of this run."),
            Parameter(name: "modelId", kind: .text(Parameter.nameLength), summary: "Of this model."), .formulas,
        ] + Listing.results.parameters, answer: Listing.results.answer,
        of: { call in [call.query.text("runId").map(Resource.run) ?? .results] }
    ) { call in
        let run = call.query.text("runId")
        let model = call.query.text("modelId")
        let row = try run.map { run in
            guard let row = try installation.runRow(run) else { throw try Problem.noRun(run, installation) }
            return row
        }
        if let row, model == nil, call.query.text("formulas") == nil, Listing.results.isPlain(call.query),
            let lists = try installation.resultsJSON(
                of: row, row: JSONMembers(choice: Listing.results.members(of: call)).write)
        {
            return Response(json: [Array("{\"results\":".utf8), lists.results, Array("}".utf8)])
        }
        let rows = try installation.results(run: run).value.filter { model == nil || $0.model_id == model }
        return try Listing.results.response(withColumns(of: call, rows, installation), to: call)
    }
    table.get(
        "/api/benchmarks/runs/{id}/export/json", "A run and its results as a file.", answer: .json(JSONValue.self)
    ) { call in
        try export(call, "application/json", "json") { try RunExport(run: $0.run, results: $0.results).json() }
    }
    table.get(
        "/api/benchmarks/runs/{id}/export/csv", "A run's results as a table.", answer: .text("text/csv"),
        of: { [.run(try $0.id)] }
    ) { call in
        try export(call, "text/csv; charset=utf-8", "csv") { Array(CSVWriter.results($0.results).utf8) }
    }
    table.get(
        "/api/benchmarks/runs/{id}/logs", "What was logged of a run, newest first.", query: [.logLimit],
        answer: .list("logs", of: LogRow.self), of: { [.run(try $0.id), .logs] }
    ) { call in
        let run = try detail(call).run
        return try Response.json(["logs": installation.logs(call.logLimit, entityID: run.id, source: run.source).value])
    }
}

extension Route.Answer {
    fileprivate static var runWithResults: Route.Answer {
        Route.Answer { book in
            let results: JSONValue = ["type": "array", "items": book.schema(of: ResultRow.self, allRequired: false)]
            return [
                "type": "object", "required": ["run", "results", "scores", "position"],
                "properties": [
                    "run": book.schema(of: RunRow.self), "results": results, "scores": book.schema(of: [ScoreRow].self),
                    "position": ["type": "integer", "description": "Of the last event that they come from."],
                ],
            ]
        }
    }
}

extension Response {
    /// - Parameters:
    ///   - results: a list of JSON, as the next.
    ///   - position: of the last event that all of it comes from.
    fileprivate static func run(
        _ run: RunRow, _ results: [UInt8], scores: [UInt8], at position: UInt64
    ) throws -> Response {
        var row: [UInt8] = []
        try RowEncoder(.all).write(run, to: &row)
        return Response(json: [
            Array("{\"position\":\(position),\"results\":".utf8), results, Array(",\"run\":".utf8), row,
            Array(",\"scores\":".utf8), scores, Array("}".utf8),
        ])
    }
}

extension RunDetail {
    /// Of the last event that run, results and scores come from.
    fileprivate var lastPosition: UInt64 {
        (results.map(\.last_position) + scores.map(\.last_position)).reduce(run.last_position, max)
    }
}

/// `formulas` fills the original's columns from another set.
private func withColumns(of call: Call, _ rows: [ResultRow], _ installation: Installation) throws -> [ResultRow] {
    guard let set = try call.formulas(installation) else { return rows }
    return try installation.columns(of: rows, from: set)
}

/// `intervals` and `failures` have the figures evaluated anew from the samples; nil without either.
private func evaluated(_ call: Call, _ detail: RunDetail, _ installation: Installation) throws -> EvaluatedRun? {
    let failures = call.query.text("failures").flatMap(FormulaSet.FailedRequests.init)
    guard call.query.flag("intervals") == true || failures != nil else { return nil }
    let set = try call.formulas(installation) ?? FormulaSet.named(detail.run.formula_set) ?? FormulaSet.standard
    return try installation.evaluate(detail, with: set, failures: failures ?? .leftOut)
}

extension Parameter {
    static let formulas = Parameter(
        name: "formulas", kind: .text(Parameter.nameLength),
        summary: "The set whose figures fill the original's columns, built in or applied: NAME/VERSION; the run's own.")
    fileprivate static let intervals = Parameter(
        name: "intervals", kind: .boolean, summary: "Whether the figures come with 95 % intervals.")
    fileprivate static let failures = Parameter(
        name: "failures", kind: .choice(["left-out", "infinite"]),
        summary: "What failed requests count as in latencies.")
}

extension Call {
    /// The set that `formulas` names; nil without it. One of the user's folder does not count until it was applied: its text may
    /// change while an answer is kept.
    ///
    /// - Throws: `Problem` when there is no such set.
    func formulas(_ installation: Installation) throws -> FormulaSet? {
        guard let name = query.text("formulas") else { return nil }
        if let set = try FormulaSet.named(name) ?? installation.adoptedSets().first(where: { $0.name == name }) {
            return set
        }
        throw Problem.unknownParameter(
            "formulas",
            "must be a set that is built in or was applied, found \(Parameter.shown(name)). GET /api/formulas lists them."
        )
    }
}
