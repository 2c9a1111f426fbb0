/// What speaks at an endpoint; the raw value is the word used in events, tables and options.
public enum BackendKind: String, Sendable, Codable, CaseIterable {
    /// Foundry Local's web service since SDK 1.x.
    case foundryLocal = "foundry-local"
    /// Foundry Local's service up to 0.8.
    case foundryLocalLegacy = "foundry-local-legacy"
    /// Ollama.
    case ollama
    /// The server of llama.cpp.
    case llamaCpp = "llama.cpp"
    /// LM Studio.
    case lmStudio = "lm-studio"
    /// vLLM.
    case vllm
    /// Any other server with OpenAI's `/v1/models` and `/v1/chat/completions`.
    case openAI = "openai"
    /// This product's own server, which only pretends to think.
    case simulator

    /// The name that people know it by.
    public var displayName: String {
        switch self {
        case .foundryLocal: "Foundry Local"
        case .foundryLocalLegacy: "Foundry Local (legacy)"
        case .ollama: "Ollama"
        case .llamaCpp: "llama.cpp"
        case .lmStudio: "LM Studio"
        case .vllm: "vLLM"
        case .openAI: "OpenAI-compatible server"
        case .simulator: "simulator"
        }
    }

    /// The name as the subject of a sentence.
    var subject: String {
        switch self {
        case .openAI, .simulator: "The \(displayName)"
        default: displayName
        }
    }
}
