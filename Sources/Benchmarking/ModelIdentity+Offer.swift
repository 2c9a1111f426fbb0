import Events
import Orchestrator

extension PlannedModel {
    /// A model that a server offers, under an id that stays the same from run to run.
    public init(_ model: AvailableModel, on backend: any Backend) {
        self.init(identity: ModelIdentity(model, on: backend), backend: backend)
    }
}

extension ModelIdentity {
    /// Who a server's model is. The id is made of what serves it and its exact name: a port that changes does not change it.
    public init(_ model: AvailableModel, on backend: any Backend) {
        self.init()
        id = Self.id(backend: backend, model: model.id)
        alias = model.alias ?? model.id
        modelID = model.id
        self.backend = backend.kind.rawValue
        endpoint = backend.endpoint.description
        take(model)
        if let variable = backend.endpoint.apiKeyVariable { apiKeyVariable = variable }
    }

    /// Takes over what a server tells of the model; what it does not tell stays.
    mutating func take(_ model: AvailableModel) {
        if let version = model.version { self.version = version }
        if let type = model.deviceType { deviceType = type }
        if let provider = model.executionProvider { executionProvider = provider }
        if let size = model.sizeBytes { sizeBytes = size }
    }

    private static func id(backend: any Backend, model: String) -> String {
        let host = backend.endpoint.isLoopback ? "" : "@\(backend.endpoint.host)"
        let raw = "\(backend.kind.rawValue).\(model)\(host)"
        let plain = String(
            raw.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) ? $0 : "-" })
        // Names that only differ in what was replaced or cut off must not share an id.
        let mark = plain == raw && plain.count <= 120 ? "" : "-" + EventID(deterministicFrom: raw).description.suffix(6)
        return plain.prefix(120) + mark
    }
}
