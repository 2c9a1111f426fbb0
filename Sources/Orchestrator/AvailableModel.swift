/// One model that a server offers, as far as the server tells; nil is what it does not tell.
public struct AvailableModel: Sendable, Equatable, Codable {
    /// The exact name for requests: variant and version included.
    public var id: String
    /// The short name that people use; several variants may share one.
    public var alias: String?
    /// Whether it is in memory now.
    public var isLoaded: Bool?
    /// Whether it is on this server's disk.
    public var isDownloaded: Bool?
    /// What it runs on: CPU, GPU or NPU. Foundry Local's new generation tells it only in the model's name.
    public var deviceType: String?
    /// The software that runs it there, such as `CUDAExecutionProvider`; from the name, like `deviceType`.
    public var executionProvider: String?
    /// Version of the model.
    public var version: String?
    /// Size of its files in bytes, or of its tensors where the server tells that instead (llama.cpp).
    public var sizeBytes: UInt64?
    /// Longest prompt and answer together, in tokens, as the server is set up.
    public var contextLength: UInt64?
    /// What the server says about it.
    public var description: String?
    /// Who made it, as the server says.
    public var publisher: String?
    /// Its licence, as the server says.
    public var license: String?
    /// What it is for, such as `chat-completion`.
    public var task: String?

    /// A model of which only the name is known.
    public init(id: String, alias: String? = nil) {
        self.id = id
        self.alias = alias
    }
}

extension [AvailableModel] {
    /// The models that a person may mean by a name: the one with that id, else those with that alias, else the ones
    /// whose id differs in nothing that matters (`sameModel`).
    public func matching(_ name: String) -> [AvailableModel] {
        for isMeant in [
            { (model: AvailableModel) in model.id == name },
            { $0.alias?.lowercased() == name.lowercased() },
            { sameModel(asked: name, served: $0.id) },
        ] {
            let found = filter(isMeant)
            if !found.isEmpty { return found }
        }
        return []
    }
}
