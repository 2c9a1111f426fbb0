import Events
import Orchestrator

/// A model while it is measured.
struct Phase: Sendable {
    var model: ModelIdentity
    let server: PhaseServer
    /// Of its model alone.
    let tally: Tally

    var backend: any Backend { server.backend }
    var process: Int32? { server.process }

    /// The name that requests go to: of the variant that was really loaded.
    var servedName: String { model.servedName }

    /// Why an answer counts as failed: its figures would stand under another model's name. Nil when it does not.
    ///
    /// - Parameter served: who the server says it was; empty when it does not say.
    func refusal(ofAnswerBy served: String) -> String? {
        backend.refusal(ofAnswerBy: served, asked: servedName)?.description
    }

    /// Waits while its server is being started again.
    ///
    /// - Returns: whether there is more to be done: neither was the run cancelled nor is the server gone.
    func goesOn() async -> Bool {
        let isReady = await server.isReady()
        return isReady && !Task.isCancelled
    }
}

extension ModelIdentity {
    var servedName: String { hasVariant ? variant : modelID }
}
