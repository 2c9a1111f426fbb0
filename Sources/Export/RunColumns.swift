import Logs
import Models
import Runs

extension ExportTable where Row == RunRow {
    /// The runs: the original's columns in its order, then what it did not have.
    public static let runs = ExportTable(
        "runs",
        [
            .text("id") { $0.id }, .text("suite_name") { $0.suite_name }, .json("model_ids") { $0.model_ids },
            .json("config") { $0.config }, .json("hardware_info") { $0.hardware_info },
            .text("status") { $0.status.rawValue }, .integer("started_at") { $0.started_at },
            .integer("completed_at") { $0.completed_at },
            .integer("created_at") { $0.created_at }, .json("model_aliases") { $0.model_aliases },
            .text("suite_version") { $0.suite_version }, .text("suite_digest") { $0.suite_digest },
            .json("scenarios") { $0.scenarios }, .text("reason") { $0.reason }, .flag("simulated") { $0.simulated },
            .text("origin") { $0.origin }, .text("formula_set") { $0.formula_set },
            .integer("planned_samples") { $0.planned_samples }, .integer("samples") { $0.samples },
            .integer("failed_samples") { $0.failed_samples }, .integer("shed_samples") { $0.shed_samples },
            .integer("failed_phases") { $0.failed_phases }, .json("phases") { $0.phases },
            .json("sweeps") { $0.sweeps }, .text("software_version") { $0.software_version },
            .text("schedule_id") { $0.schedule_id }, .integer("due_at") { $0.due_at },
            .json("warnings") { $0.warnings }, .text("source") { $0.source },
            .integer("first_position") { $0.first_position }, .integer("last_position") { $0.last_position },
        ],
        json: { try RowJSON.bytes(of: $0) })

    static let originalRuns = runs.only(
        ["id", "suite_name", "model_ids", "config", "hardware_info", "status", "started_at", "completed_at"],
        as: "benchmark_runs")
}

extension ExportTable where Row == ModelRow {
    /// The models: the original's columns in its order, then what it did not have.
    public static let models = ExportTable(
        "models",
        [
            .text("id") { $0.id }, .text("alias") { $0.alias }, .text("model_id") { $0.model_id },
            .text("endpoint") { $0.endpoint }, .text("status") { $0.status.rawValue },
            .text("last_error") { $0.last_error }, .integer("last_heartbeat") { $0.last_heartbeat },
            .integer("created_at") { $0.created_at }, .integer("updated_at") { $0.updated_at },
            .text("foundry_id") { $0.foundry_id }, .text("foundry_alias") { $0.foundry_alias },
            .text("version") { $0.version }, .text("deviceType") { $0.deviceType },
            .text("executionProvider") { $0.executionProvider }, .number("modelSize") { $0.modelSize },
            .text("backend") { $0.backend }, .text("runtime_version") { $0.runtime_version },
            .number("load_time_ms") { $0.load_time_ms }, .number("cold_load_time_ms") { $0.cold_load_time_ms },
            .number("warm_load_time_ms") { $0.warm_load_time_ms },
            .number("download_progress") { $0.download_progress },
            .text("download_status") { $0.download_status },
            .integer("downloaded_bytes") { $0.downloaded_bytes },
            .integer("download_size_bytes") { $0.download_size_bytes }, .flag("healthy") { $0.healthy },
            .integer("restarts") { $0.restarts }, .text("api_key_variable") { $0.api_key_variable },
            .text("source") { $0.source }, .integer("position") { $0.position },
        ],
        json: { try RowJSON.bytes(of: $0) })

    static let originalModels = models.only(
        [
            "id", "alias", "model_id", "endpoint", "status", "last_error", "last_heartbeat", "created_at",
            "updated_at",
        ], as: "models")
}

extension ExportTable where Row == LogRow {
    /// The lines of the product's own log: the original's columns in its order, then what it did not have.
    public static let logs = ExportTable(
        "logs",
        [
            .integer("id") { $0.id }, .text("entity_type") { $0.entity_type }, .text("entity_id") { $0.entity_id },
            .text("level") { $0.level }, .text("message") { $0.message }, .json("metadata") { $0.metadata },
            .integer("created_at") { $0.created_at }, .text("source") { $0.source },
        ],
        json: { try RowJSON.bytes(of: $0) })

    static let originalLogs = logs.only(
        ["id", "entity_type", "entity_id", "level", "message", "metadata", "created_at"], as: "logs")
}
