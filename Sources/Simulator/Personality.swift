/// The kind of server that a simulator poses as: its paths, its shapes, its habits.
///
/// The raw values are the words of the command line.
public enum Personality: String, CaseIterable, Sendable {
    /// Foundry Local's service up to 0.8, which the REST-based Foundry SDK speaks to.
    case foundryLegacy = "foundry-legacy"
    /// Foundry Local's web service since SDK 1.x.
    case foundry
    /// Ollama.
    case ollama
    /// The server of llama.cpp: one model, or a router over several.
    case llamaCpp = "llamacpp"
    /// LM Studio.
    case lmStudio = "lmstudio"
    /// vLLM.
    case vllm
    /// Any server with OpenAI's `/v1/models` and `/v1/chat/completions` and nothing else.
    case openAI = "openai"

    /// The port that such a server is usually looked for at.
    public var usualPort: Int {
        switch self {
        case .foundryLegacy, .foundry: 5273
        case .ollama: 11434
        case .llamaCpp: 8080
        case .lmStudio: 1234
        case .vllm, .openAI: 8000
        }
    }

    /// How such servers stray from the rest.
    public var quirks: Set<Quirk> {
        switch self {
        case .foundryLegacy: [.noRole, .noUsage, .noFinishReason]
        case .llamaCpp: [.roleAfterPrefill, .servesUnknownModels]
        case .vllm: [.roleAfterPrefill]
        case .foundry, .ollama, .lmStudio, .openAI: []
        }
    }

    /// Models that such a server might have, of different speed.
    public var models: [SimulatedModel] {
        switch self {
        case .foundryLegacy, .foundry: Self.foundryModels
        case .ollama:
            [
                .usual("llama3.2:1b", ttft: 40, itl: 8, load: 600, megabytes: 1321),
                .usual("qwen2.5:7b", ttft: 120, itl: 24, load: 1500, megabytes: 4683),
                .usual("gemma3:12b", ttft: 250, itl: 45, load: 3000, megabytes: 8149, download: 6000),
            ]
        case .llamaCpp: [.usual("smollm2-135m-instruct-q8_0", ttft: 20, itl: 4, load: 200, megabytes: 145)]
        case .lmStudio:
            [
                .usual("liquid/lfm2-1.2b", ttft: 40, itl: 8, load: 600, megabytes: 1246),
                .usual("qwen/qwen3-4b-2507", ttft: 90, itl: 18, load: 1200, megabytes: 2279),
                .usual("google/gemma-3-12b", ttft: 250, itl: 45, load: 3000, megabytes: 8149, download: 6000),
            ]
        case .vllm: [.usual("Qwen/Qwen2.5-7B-Instruct", ttft: 30, itl: 7, megabytes: 15_231, device: .gpu)]
        case .openAI: [SimulatedModel("simulated")]
        }
    }

    private static let foundryModels: [SimulatedModel] = [
        .usual("qwen2.5-0.5b-instruct-cuda-gpu:4", ttft: 30, itl: 6, load: 900, megabytes: 538, device: .gpu),
        .usual("qwen2.5-0.5b-instruct-generic-cpu:4", ttft: 60, itl: 14, load: 600, megabytes: 822),
        .usual("phi-4-mini-instruct-generic-cpu:5", ttft: 180, itl: 40, load: 2000, megabytes: 4915, download: 6000),
    ]
}

extension SimulatedModel {
    /// A model in short words: durations in milliseconds, a download where it is not there yet.
    fileprivate static func usual(
        _ id: String, ttft: Int, itl: Int, load: Int = 0, megabytes: Int64, device: DeviceType = .cpu,
        download: Int? = nil
    ) -> SimulatedModel {
        var model = SimulatedModel(id, ttft: .milliseconds(ttft), itl: .milliseconds(itl))
        model.loadTime = .milliseconds(load)
        model.sizeBytes = megabytes * 1_000_000
        model.deviceType = device
        model.isDownloaded = download == nil
        model.downloadTime = .milliseconds(download ?? 0)
        return model
    }
}
