import Events
import Orchestrator

extension ModelLifecycle {
    /// Asks the server how the model stands now, and offers that to the record, which keeps it where the log says otherwise.
    ///
    /// - Returns: how it was found; `unknown` when its server could not be asked.
    /// - Throws: what `record` throws.
    @discardableResult
    public func look() async throws -> FoundState {
        let model: AvailableModel?
        do throws(BackendError) {
            model = try await backend.model(identity.modelID)
        } catch {
            return try await notFound(because: error.description)
        }
        return try await found(model)
    }

    /// The same, where the server's list is at hand.
    ///
    /// - Parameter model: the model as its server lists it; nil when it no longer does.
    @discardableResult
    public func found(_ model: AvailableModel?) async throws -> FoundState {
        var now = identity
        if let model { now.take(model) }
        let state = FoundState(model, on: backend)
        let identity = now
        try await record(
            .modelStateFound(.with { ($0.modelID, $0.state, $0.model) = (identity.id, state, identity) }))
        return state
    }

    /// The same, where the server could not be asked.
    @discardableResult
    public func notFound(because reason: String) async throws -> FoundState {
        try await record(
            .modelStateFound(.with { ($0.modelID, $0.state, $0.detail) = (identity.id, .unknown, reason) }))
        return .unknown
    }

    /// Whether the model's server answers a real question, and whether it still offers the model. An event only when either
    /// has changed.
    ///
    /// - Throws: what `record` throws.
    public func health() async throws -> ModelHealth {
        let server = await backend.health()
        try await record(
            .modelHealthChecked(
                .with { ($0.modelID, $0.healthy, $0.detail) = (identity.id, server.healthy, server.detail) }))
        return ModelHealth(server: server, model: server.healthy ? try await look() : .unknown)
    }

    /// Records what an operation's failure tells of the model itself: that it is gone, or that nobody can be asked.
    func noticeAbsence(after error: any Error) async throws {
        guard let error = error as? BackendError, !Task.isCancelled else { return }
        switch error.code {
        case .unknownModel, .notDownloaded: try await look()
        case .unreachable, .hungUp, .timedOut, .notAModelServer: try await notFound(because: error.description)
        default: return
        }
    }
}

extension FoundState {
    /// How a server lists a model; nil when it does not. Where it does not tell what is in memory, and loads nothing on
    /// request, it serves what it lists.
    init(_ model: AvailableModel?, on backend: any Backend) {
        guard let model else {
            self = backend.kind.fetchesUnlistedModels ? .notDownloaded : .notOffered
            return
        }
        if model.isLoaded ?? !backend.capabilities.load {
            self = .loaded
        } else {
            self = model.isDownloaded == false ? .notDownloaded : .notLoaded
        }
    }
}

extension BackendKind {
    /// Whether it lists what is on its disk alone, and downloads from a library that it does not list.
    public var fetchesUnlistedModels: Bool { self == .ollama || self == .lmStudio }
}

/// How a model and its server were found.
public struct ModelHealth: Sendable {
    public var server: Health
    /// `unknown` when the server does not answer.
    public var model: FoundState
    /// The server answers and has the model.
    public var healthy: Bool { server.healthy && ![.notOffered, .notDownloaded, .unknown].contains(model) }

    /// What is wrong and what to do, or what the server said.
    public var detail: String {
        switch model {
        case .notOffered where server.healthy:
            "Its server answers, but no longer offers the model. Bring it back there, or remove it here."
        case .notDownloaded where server.healthy:
            "Its server answers, but the model is not on its disk. Download it first."
        default: server.detail
        }
    }
}
