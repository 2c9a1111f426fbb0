import Orchestrator
import Streaming

extension Runner {
    /// Longest wait for the connections of a level; a server that is busier than that gets them one by one.
    private static let connectionLimit = Duration.seconds(5)

    /// Opens the connections that the first requests of a level go over, by asking for the list of models.
    ///
    /// In an open loop as many as requests start within a second: how many will be in flight, nobody knows yet.
    func openConnections(for level: LoadLevel, of phase: Phase, like request: StreamRequest) async {
        let count =
            switch level {
            case .concurrency(let streams): streams
            case .rate(let rate): min(plan.settings.maxInFlight, Int(rate.rounded(.up)))
            }
        var question = request
        question.url = phase.backend.endpoint.description + "/v1/models"
        (question.method, question.body, question.framing) = ("GET", nil, .whole)
        (question.totalTimeout, question.firstTokenTimeout) = (Self.connectionLimit, nil)
        await client.openConnections(min(count, StreamingClient.connectionPoolSize), asking: question)
    }
}
