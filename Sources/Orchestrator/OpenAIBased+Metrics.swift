import Streaming

extension OpenAIBased {
    func metrics() async throws(BackendError) -> PrometheusText {
        guard capabilities.metrics else { throw .unsupported(kind, endpoint, "tell its own figures at /metrics") }
        let outcome = try await exchange.answer(
            "GET", "/metrics", accept: PrometheusText.contentType, limit: PrometheusText.timeLimit)
        if let error = exchange.problem(with: outcome, asking: "GET /metrics", limit: PrometheusText.timeLimit) {
            throw error
        }
        do {
            return try PrometheusText(outcome.body)
        } catch {
            throw BackendError(.notAModelServer, "Could not read GET /metrics of \(endpoint): \(error).")
        }
    }
}
