/// What an address answered to a few questions, and what kind of server that gives away.
///
/// Ports prove nothing: anything may run on 8080. A kind is named by answers that only it gives; the shape is looked
/// at, not the status, since LM Studio answers every unknown path with 200 and an error.
struct Fingerprint: Sendable {
    /// The header `server`.
    var server: String?
    /// The documents that came with success, by path.
    var answers: [String: JSONValue] = [:]

    /// The first question: every kind but the oldest Foundry Local answers it.
    static let modelsPath = "/v1/models"
    /// The others, asked when the first did not settle it.
    static let otherPaths = ["/status", "/models/loaded", "/openai/status", "/api/version", "/api/v1/models", "/props"]

    /// Whether our simulator answers, which may pose as any other kind.
    var isSimulated: Bool { server?.lowercased().hasPrefix("flperf-simulator") == true }

    /// Whether several models are behind this server of llama.cpp, which then loads and unloads them: it tells of each how
    /// it stands.
    var isRouter: Bool {
        answers["/props"]?["role"]?.string == "router" || models.contains { $0["status"]?["value"] != nil }
    }

    /// Nil when nothing here speaks to models.
    var kind: BackendKind? {
        if let kind = kindByHeader { return kind }
        if answers["/status"]?["modelCachePath"] != nil || answers["/models/loaded"]?.strings != nil {
            return .foundryLocal
        }
        if answers["/openai/status"]?["ModelDirPath"] != nil { return .foundryLocalLegacy }
        if answers["/api/v1/models"]?["models"]?.array?.allSatisfy({ $0["key"] != nil }) == true { return .lmStudio }
        if owners.contains("llamacpp") || answers["/props"]?["default_generation_settings"] != nil { return .llamaCpp }
        if answers["/api/version"]?["version"]?.string != nil { return .ollama }
        if owners.contains("vllm") { return .vllm }
        guard answers[Self.modelsPath]?["data"]?.array != nil else { return nil }
        return isSimulated ? .simulator : .openAI
    }

    /// The kind that names itself in every answer, also while it still loads its model.
    var kindByHeader: BackendKind? {
        server?.lowercased().hasPrefix("llama.cpp") == true ? .llamaCpp : nil
    }

    /// Whether it listed no model.
    var isEmpty: Bool { models.isEmpty }

    private var models: [JSONValue] { answers[Self.modelsPath]?["data"]?.array ?? [] }
    private var owners: [String] { models.compactMap { $0["owned_by"]?.string } }
}
