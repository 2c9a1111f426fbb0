import Models
import Results
import Runs

extension Listing where Row == ModelRow {
    static let models = Listing(
        name: "models",
        columns: [
            .text("id") { $0.id }, .text("alias") { $0.alias }, .text("model_id") { $0.model_id },
            .text("status", ModelRow.Status.allCases.map(\.rawValue)) { $0.status.rawValue },
            .text("backend") { $0.backend }, .number("created_at") { Double($0.created_at) },
            .number("updated_at") { Double($0.updated_at) },
        ], order: "id", id: { $0.id })
}

extension Listing where Row == RunRow {
    static let runs = Listing(
        name: "runs",
        columns: [
            .text("id") { $0.id }, .text("suite_name") { $0.suite_name },
            .text("status", RunRow.Status.allCases.map(\.rawValue)) { $0.status.rawValue },
            .flag("simulated") { $0.simulated }, .text("origin") { $0.origin },
            .text("schedule_id") { $0.schedule_id }, .text("formula_set") { $0.formula_set },
            .number("created_at") { Double($0.created_at) }, .number("started_at") { $0.started_at.map(Double.init) },
            .number("completed_at") { $0.completed_at.map(Double.init) },
        ], order: "-created_at", id: { $0.id })
}

extension Listing where Row == ResultRow {
    static let results = Listing(
        name: "results",
        columns: [
            .text("id") { $0.id }, .text("run_id") { $0.run_id }, .text("model_id") { $0.model_id },
            .text("model_alias") { $0.model_alias }, .text("scenario") { $0.scenario },
            .flag("simulated") { $0.simulated }, .number("concurrency") { $0.concurrency.map(Double.init) },
            .number("rate") { $0.rate }, .number("created_at") { Double($0.created_at) },
        ]
            + ResultRow.originalColumns.map { name, path in .number(name) { $0[keyPath: path] } },
        order: "run_id", id: { $0.id }, extras: ["metrics", "formula_digests"])
}
