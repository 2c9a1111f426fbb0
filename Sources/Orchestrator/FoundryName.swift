/// What the name of a Foundry Local variant tells, such as `qwen2.5-0.5b-instruct-cuda-gpu:4`.
///
/// The catalogue's ids end in `-<provider>-<device>:<version>`; the new generation tells device, provider and alias in
/// no other way over HTTP.
struct FoundryName: Equatable {
    var version: String?
    var deviceType: String?
    var executionProvider: String?
    /// The name without version, device and provider: the alias of many models, though not of all.
    var base: String

    init(_ id: String) {
        var name = id[...]
        if let colon = name.lastIndex(of: ":") {
            version = String(name[name.index(after: colon)...])
            name = name[..<colon]
        }
        let parts = name.split(separator: "-")
        base = String(name)
        guard parts.count >= 3, let device = parts.last?.lowercased(), ["cpu", "gpu", "npu"].contains(device) else {
            return
        }
        let provider = parts[parts.count - 2].lowercased()
        deviceType = device.uppercased()
        executionProvider = Self.providers["\(provider)-\(device)"]
        base = String(name.dropLast(provider.count + device.count + 2))
    }

    /// What a load by alias may be called with, the likeliest first: the catalogue often drops `-instruct`.
    var aliases: [String] {
        let lower = base.lowercased()
        return lower.hasSuffix("-instruct") ? [lower, String(lower.dropLast(9))] : [lower]
    }

    /// The names' endings in Foundry Local's catalogue, and the ONNX Runtime provider each stands for.
    private static let providers = [
        "generic-cpu": "CPUExecutionProvider", "generic-gpu": "WebGpuExecutionProvider",
        "webgpu-gpu": "WebGpuExecutionProvider", "cuda-gpu": "CUDAExecutionProvider",
        "trtrtx-gpu": "NvTensorRTRTXExecutionProvider", "tensorrt-gpu": "TensorrtExecutionProvider",
        "qnn-npu": "QNNExecutionProvider", "vitis-npu": "VitisAIExecutionProvider",
        "openvino-cpu": "OpenVINOExecutionProvider", "openvino-gpu": "OpenVINOExecutionProvider",
        "openvino-npu": "OpenVINOExecutionProvider", "migraphx-gpu": "MIGraphXExecutionProvider",
    ]
}
