import Foundation
import Streaming
import TestSupport
import Testing

extension CommandLineTests {
    @Test(arguments: [
        (["--as", "nobody"], 64, "foundry-legacy"),
        (["--router"], 64, "--router goes with --as llamacpp alone"),
        (["--quirk", "odd"], 64, "ignores-hang-up"),
        (["--model", "a:ttft=fast"], 64, "'fast' is no value for 'ttft'"),
        (["--model", "a:loaded,quick"], 64, "Unknown word 'quick'. Known are: ttft=200ms"),
        (["--model", "a:speed=5"], 64, "No word begins what follows the name"),
        (["--model", "a:vanishes=0"], 1, "the answers before a model vanishes must be at least 1"),
        (["--model", "a:loads=b"], 1, "what 'a' loads instead must be one of the models"),
        (["--model", "a", "--model", "a"], 1, "models must be of different names"),
    ])
    func aSimulatorThatMakesNoSenseIsRefused(_ options: [String], _ status: Int32, _ sentence: String) async throws {
        try await withTemporaryFolder { data in
            let outcome = try await Self.flperf(
                arguments: ["simulate", "--port", "0"] + options, data: data)
            #expect(outcome.status == status)
            #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
        }
    }

    @Test func aSimulatorIsWhatItsOptionsSay() async throws {
        let arguments = [
            "simulate", "--port", "0", "--as", "foundry-legacy", "--json", "--model",
            "phi-mini-cuda-gpu:3:alias=phi,device=gpu,size=1.5GB,missing,load=2s", "--model", "plain:1",
        ]
        let process = try ChildProcess(Self.program, arguments)
        defer { process.end(SIGINT) }
        try await Self.until("it listens") { process.output.hasSuffix("\n") }
        let listening = try JSONDecoder().decode(Listening.self, from: Data(process.output.utf8))

        let client = StreamingClient()
        func get(_ path: String) async -> Data {
            let request = StreamRequest(url: listening.url + path, method: "GET", framing: .whole)
            return Data(await client.perform(request).body)
        }
        let catalogue = await get("/foundry/list")
        let cached = await get("/openai/models")
        await client.shutdown()

        #expect(listening.models == ["phi-mini-cuda-gpu:3", "plain:1"])
        let first = (try JSONSerialization.jsonObject(with: catalogue) as? [[String: Any]])?.first
        #expect(first?["alias"] as? String == "phi" && first?["version"] as? String == "3")
        #expect(first?["fileSizeMb"] as? Int == 1500)
        #expect((first?["runtime"] as? [String: String])?["executionProvider"] == "CUDAExecutionProvider")
        #expect(try JSONDecoder().decode([String].self, from: cached) == ["plain:1"])
    }

    private struct Listening: Decodable {
        var url: String
        var models: [String]
    }
}
