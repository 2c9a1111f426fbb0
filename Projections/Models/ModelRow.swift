import Events
import ProjectionKit

/// One model as the product shows it: the original's columns, then ours.
public struct ModelRow: Codable, Sendable, Hashable {
    public var id: String
    public var alias: String
    /// The exact name in requests, variant and version included.
    public var model_id: String
    public var status: Status
    @Nullable public var endpoint: String?
    @Nullable public var last_error: String?
    /// When the model last answered, ms since the epoch.
    @Nullable public var last_heartbeat: Int64?
    public var created_at: Int64
    public var updated_at: Int64
    @Nullable public var foundry_id: String?
    @Nullable public var foundry_alias: String?
    @Nullable public var version: String?
    @Nullable public var deviceType: String?
    @Nullable public var executionProvider: String?
    /// In MB (10^6 bytes), as the original has it.
    @Nullable public var modelSize: Double?
    public var backend: String
    @Nullable public var runtime_version: String?
    /// Of the last load that really loaded, ms.
    @Nullable public var load_time_ms: Double?
    /// Of the last load of a server that had not had it in memory since it was started, ms.
    @Nullable public var cold_load_time_ms: Double?
    /// Of the last load of a server that had had it in memory before, ms: its files are likely cached.
    @Nullable public var warm_load_time_ms: Double?
    /// 0–100 of the last download, as far as the server tells.
    @Nullable public var download_progress: Double?
    /// The server's words while a download goes on; then `downloaded`, or why it failed.
    @Nullable public var download_status: String?
    @Nullable public var downloaded_bytes: UInt64?
    /// Of the download in all.
    @Nullable public var download_size_bytes: UInt64?
    /// Whether its server answered a real question and offered the model when it was last asked; null before the first time.
    @Nullable public var healthy: Bool?
    /// How often its server was started again from here.
    public var restarts: Int
    @Nullable public var api_key_variable: String?
    /// The log that the model was recorded in.
    public var source: String
    /// Of the last event that changed the row.
    public var position: UInt64

    /// Where the model stands, in the original's words.
    public enum Status: String, Codable, Sendable, CaseIterable {
        case stopped, loading, downloading, running, error
    }
}

extension ModelRow {
    /// Takes over who the model is, as exactly as the event tells; what it leaves out stays.
    mutating func take(_ identity: ModelIdentity) {
        alias = identity.alias
        model_id = identity.modelID
        backend = identity.backend
        if !identity.endpoint.isEmpty { endpoint = identity.endpoint }
        if identity.hasVariant { foundry_id = identity.variant }
        if identity.hasVersion { version = identity.version }
        if identity.hasDeviceType { deviceType = identity.deviceType }
        if identity.hasExecutionProvider { executionProvider = identity.executionProvider }
        if identity.hasRuntimeVersion { runtime_version = identity.runtimeVersion }
        if identity.hasSizeBytes { modelSize = Double(identity.sizeBytes) / 1_000_000 }
        if identity.hasApiKeyVariable { api_key_variable = identity.apiKeyVariable }
        foundry_alias = identity.alias
    }
}
