import Testing

@testable import Orchestrator

@Suite struct FoundryNameTests {
    @Test(arguments: [
        ("tiny-llama-generic-cpu:1", "1", "CPU", "CPUExecutionProvider", ["tiny-llama"]),
        ("Phi-4-cuda-gpu:3", "3", "GPU", "CUDAExecutionProvider", ["phi-4"]),
        (
            "Phi-4-mini-instruct-generic-gpu", nil, "GPU", "WebGpuExecutionProvider",
            ["phi-4-mini-instruct", "phi-4-mini"]
        ),
        ("qwen2.5-7b-qnn-npu:2", "2", "NPU", "QNNExecutionProvider", ["qwen2.5-7b"]),
        ("odd-newthing-npu:2", "2", "NPU", nil, ["odd"]),
        ("my-own-model:1", "1", nil, nil, ["my-own-model"]),
        ("model", nil, nil, nil, ["model"]),
    ])
    func theNameTellsWhatItRunsOn(
        _ id: String, _ version: String?, _ device: String?, _ provider: String?, _ aliases: [String]
    ) {
        let name = FoundryName(id)

        #expect(name.version == version)
        #expect(name.deviceType == device)
        #expect(name.executionProvider == provider)
        #expect(name.aliases == aliases)
    }
}
