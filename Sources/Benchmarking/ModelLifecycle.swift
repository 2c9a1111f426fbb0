import Events
import Orchestrator
import Streaming

/// What is done with a model on its server, each step an event of the model's stream.
public struct ModelLifecycle: Sendable {
    public let identity: ModelIdentity
    public let backend: any Backend
    let record: @Sendable (Event) async throws -> Void

    /// - Parameter record: takes one event; what it throws ends the operation.
    public init(
        _ identity: ModelIdentity, on backend: any Backend, record: @escaping @Sendable (Event) async throws -> Void
    ) {
        self.identity = identity
        self.backend = backend
        self.record = record
    }

    /// Has the server load the model; does nothing there when it is in memory already.
    ///
    /// - Returns: who is loaded now, the variant told where it is not the one asked for, and how it went.
    /// - Throws: `BackendError`, which is recorded as the reason, and what `record` throws.
    public func load() async throws -> (identity: ModelIdentity, outcome: LoadOutcome) {
        try await record(.modelLoadStarted(.with { ($0.modelID, $0.endpoint) = (identity.id, identity.endpoint) }))
        do {
            let outcome = try await backend.load(identity.modelID)
            let loaded = await asLoaded(outcome)
            let event = ModelLoaded.with {
                $0.model = loaded
                $0.alreadyLoaded = outcome.alreadyLoaded
                if let duration = outcome.duration { $0.loadTimeNs = duration.wholeNanoseconds }
            }
            try await record(.modelLoaded(event))
            return (loaded, outcome)
        } catch let error as BackendError {
            let reason = Task.isCancelled ? "loading was cancelled" : error.description
            try await record(.modelLoadFailed(.with { ($0.modelID, $0.reason) = (identity.id, reason) }))
            try await noticeAbsence(after: error)
            throw error
        }
    }

    /// Who is in memory now: the variant where it is not the one asked for, and what it runs on.
    private func asLoaded(_ outcome: LoadOutcome) async -> ModelIdentity {
        var loaded = identity
        if let variant = outcome.variant, variant != identity.modelID { loaded.variant = variant }
        if let type = outcome.deviceType { loaded.deviceType = type }
        if let provider = outcome.executionProvider { loaded.executionProvider = provider }
        if !loaded.hasRuntimeVersion, let version = await backend.runtimeVersion() { loaded.runtimeVersion = version }
        return loaded
    }

    /// Has the server free the model's memory.
    ///
    /// - Throws: `BackendError`, and what `record` throws.
    public func unload() async throws -> UnloadOutcome {
        let outcome: UnloadOutcome
        do {
            outcome = try await backend.unload(identity.modelID)
        } catch {
            try await noticeAbsence(after: error)
            throw error
        }
        try await record(
            .modelUnloaded(.with { ($0.modelID, $0.unloadTimeNs) = (identity.id, outcome.duration.wholeNanoseconds) }))
        return outcome
    }

    /// Asks the model one question, as a person would to see whether it works.
    ///
    /// - Parameters:
    ///   - prompt: what it is asked.
    ///   - maxTokens: most tokens of its answer.
    /// - Throws: `BackendError` when no request can be made, and what `record` throws. A request that fails is an answer.
    public func test(
        _ prompt: String, maxTokens: Int, timeout: Duration, using client: StreamingClient
    ) async throws -> ModelTest {
        var chat = ChatRequest(prompt: prompt)
        chat.maxTokens = maxTokens
        chat.streaming = false
        chat.totalTimeout = timeout
        let name = identity.hasVariant ? identity.variant : identity.modelID
        let outcome = await client.perform(try backend.chatRequest(chat, to: name))
        var test = ModelTest(ChatCompletion(outcome), outcome, asked: name)
        if test.error == nil { test.error = backend.refusal(ofAnswerBy: test.model, asked: name)?.description }
        let event = ModelTested.with {
            $0.modelID = identity.id
            $0.succeeded = test.error == nil
            $0.latencyNs = test.latency.wholeNanoseconds
            if let count = test.usage?.prompt { $0.promptTokens = UInt64(count) }
            if let count = test.usage?.completion { $0.completionTokens = UInt64(count) }
            $0.response = test.response
            $0.error = test.error ?? ""
        }
        try await record(.modelTested(event))
        if test.error != nil { try await look() }
        return test
    }
}

/// What came of one question to a model.
public struct ModelTest: Sendable {
    /// The answer's text.
    public var response: String
    /// Token counts as the server gives them; nil when it does not.
    public var usage: TokenUsage?
    /// From the request to the end of the answer, monotonic clock of this host.
    public var latency: Duration
    /// The model that the server says it served; the one asked for when it does not say.
    public var model: String
    /// Why there is no answer, a sentence; nil when there is one.
    public var error: String?

    init(_ completion: ChatCompletion, _ outcome: StreamOutcome, asked name: String) {
        response = completion.text
        usage = completion.usage
        latency = .nanoseconds(outcome.ended - outcome.started)
        model = completion.model ?? name
        error = (completion.failure ?? outcome.failure)?.sentence
    }
}
