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
        return answers[Self.modelsPath]?["data"]?.array == nil ? nil : .openAI
    }

    /// The kinds that name themselves in every answer, also while they still load their model.
    var kindByHeader: BackendKind? {
        guard let server = server?.lowercased() else { return nil }
        if server.hasPrefix("flperf-simulator") { return .simulator }
        return server.hasPrefix("llama.cpp") ? .llamaCpp : nil
    }

    private var owners: [String] {
        answers[Self.modelsPath]?["data"]?.array?.compactMap { $0["owned_by"]?.string } ?? []
    }
}
