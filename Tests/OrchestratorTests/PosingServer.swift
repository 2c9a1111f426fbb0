import Foundation
import Simulator
import Streaming

@testable import Orchestrator

/// A kind of server that our simulator poses as, and how it is named in the README.
enum PosingServer: String, CaseIterable, Sendable {
    case foundryLegacy = "Foundry Local ≤ 0.8"
    case foundry = "Foundry Local"
    case ollama = "Ollama"
    case lmStudio = "LM Studio"
    case llamaCpp = "llama.cpp"
    case router = "llama.cpp, router"
    case vllm = "vLLM"
    case openAI = "other"

    /// Two models that need no time: the first is on the disk, the second is not.
    var configuration: SimulatorConfiguration {
        var configuration = SimulatorConfiguration(as: personality)
        configuration.models = names.map { SimulatedModel($0, ttft: .milliseconds(1), itl: .milliseconds(1)) }
        for index in configuration.models.indices {
            // One that loads its model by itself answers nothing before.
            configuration.models[index].loadTime = self == .llamaCpp ? .zero : .milliseconds(20)
            configuration.models[index].downloadTime = .milliseconds(60)
        }
        configuration.models[1].isDownloaded = false
        configuration.isRouter = self == .router
        return configuration
    }

    var names: [String] {
        switch self {
        case .foundryLegacy, .foundry: ["phi-4-mini-instruct-generic-cpu:5", "qwen2.5-0.5b-instruct-cuda-gpu:4"]
        case .ollama: ["llama3.2:1b", "qwen2.5:7b"]
        case .lmStudio: ["liquid/lfm2-1.2b", "qwen/qwen3-4b-2507"]
        case .router: ["ggml-org/gemma-3-4b-it-GGUF:Q4_K_M", "ggml-org/SmolLM2-GGUF:Q8_0"]
        case .llamaCpp, .vllm, .openAI: ["first", "second"]
        }
    }

    /// What a person would call the first model.
    var shortName: String { self == .foundry || self == .foundryLegacy ? "phi-4-mini" : names[0] }

    /// The same on a port of one's choice.
    func configuration(at port: Int) -> SimulatorConfiguration {
        var configuration = configuration
        configuration.port = port
        return configuration
    }

    var kind: BackendKind {
        switch self {
        case .foundryLegacy: .foundryLocalLegacy
        case .foundry: .foundryLocal
        case .ollama: .ollama
        case .lmStudio: .lmStudio
        case .llamaCpp, .router: .llamaCpp
        case .vllm: .vllm
        // Behind the header that tells the simulator there is nothing but OpenAI's protocol.
        case .openAI: .simulator
        }
    }

    private var personality: Personality {
        switch self {
        case .foundryLegacy: .foundryLegacy
        case .foundry: .foundry
        case .ollama: .ollama
        case .lmStudio: .lmStudio
        case .llamaCpp, .router: .llamaCpp
        case .vllm: .vllm
        case .openAI: .openAI
        }
    }
}

/// A folder with programs that stand in for the servers' own command line tools: each call is a line of `calls`, and a
/// download prints the progress that the real one does.
struct CommandFolder {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("commands-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["foundry", "ollama", "lms"] { try writeProgram(name, Self.script, in: folder) }
    }

    private static let script = #"""
        #!/bin/sh
        echo "${0##*/} $*" >> "${0%/*}/calls"
        [ "$1 $2" = "model download" ] || exit 0
        printf 'Downloading %s...\n[#####     ] 50,00 %% [Time remaining: about 1s]\r' "$3"
        printf '[##########] 100,00 %% [Time remaining: about 0s]\n'

        """#

    /// The environment in which they are found, and nothing else is.
    var environment: [String: String] { ["PATH": folder.path] }

    /// What was called so far.
    var calls: [String] {
        let text = try? String(contentsOf: folder.appendingPathComponent("calls"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
