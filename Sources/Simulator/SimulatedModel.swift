/// One model of a simulated server; what is nil is as the server's configuration or its kind says.
public struct SimulatedModel: Sendable, Equatable {
    /// The name in requests; of Foundry Local a whole variant, such as `phi-4-mini-instruct-cuda-gpu:4`.
    public var id: String
    /// From the request's last byte to the first content.
    public var ttft: Duration?
    /// From one chunk to the next.
    public var itl: Duration?
    /// How far each wait strays from its length, as a fraction of it.
    public var jitter: Double?

    /// The name that several variants may share; nil is taken from the id.
    public var alias: String?
    /// What it runs on.
    public var deviceType = DeviceType.cpu
    /// The ONNX Runtime provider; nil is the usual one of the device.
    public var executionProvider: String?
    /// Size on disk and in memory.
    public var sizeBytes: Int64 = 800_000_000
    /// Version in a catalogue; nil is taken from the id, and is 1 where that has none.
    public var version: String?

    /// Whether it is on the server's disk at the start; otherwise it has to be downloaded first.
    public var isDownloaded = true
    /// Whether it is in memory at the start. Nil is as usual: yes where a server loads its models itself, no where it does so
    /// on request.
    public var isLoaded: Bool?
    /// From the order to load until it is in memory.
    public var loadTime: Duration = .zero
    /// From the order to download until it is on the disk.
    public var downloadTime: Duration = .zero

    /// Every load ends with an error, after the time that it takes.
    public var loadFails = false
    /// Every download ends with an error when half is there.
    public var downloadFails = false
    /// Id of the model that a load brings into memory instead of this one.
    public var loadsInstead: String?
    /// After so many answers the server no longer knows it; nil never.
    public var vanishesAfter: Int?

    /// A model of that name.
    public init(_ id: String, ttft: Duration? = nil, itl: Duration? = nil, jitter: Double? = nil) {
        self.id = id
        self.ttft = ttft
        self.itl = itl
        self.jitter = jitter
    }

    /// What a model runs on.
    public enum DeviceType: String, CaseIterable, Sendable {
        case cpu = "CPU"
        case gpu = "GPU"
        case npu = "NPU"
    }
}

extension SimulatedModel {
    /// The alias, or the id without version, provider and device.
    var shownAlias: String {
        if let alias { return alias }
        var name = String(id.prefix { $0 != ":" })
        let parts = name.split(separator: "-")
        if let device = parts.last, parts.count > 2, DeviceType(rawValue: device.uppercased()) != nil {
            name = parts.dropLast(2).joined(separator: "-")
        }
        return name.hasSuffix("-instruct") ? String(name.dropLast("-instruct".count)) : name
    }

    /// The execution provider, or the usual one of the device.
    var shownProvider: String {
        if let executionProvider { return executionProvider }
        return switch deviceType {
        case .cpu: "CPUExecutionProvider"
        case .gpu: "CUDAExecutionProvider"
        case .npu: "QNNExecutionProvider"
        }
    }

    /// The version behind the id's colon, or the one that was given.
    var shownVersion: String {
        guard let colon = id.lastIndex(of: ":") else { return version ?? "1" }
        return version ?? String(id[id.index(after: colon)...])
    }
}
