import Streaming

extension HTTPExchange {
    /// How long a download may take: a hundred gigabytes over a slow line.
    static let downloadLimit = Duration.seconds(24 * 3600)

    /// Asks for something that takes long, and hands out the lines of the answer as they come; the outcome has them all.
    func lines(
        _ method: String, _ path: String, body: JSONBody, limit: Duration, each: (String) async -> Void
    ) async throws(BackendError) -> StreamOutcome {
        let request = try request(method, path, body: body, accept: "*/*", limit: limit)
        return await withLines(
            of: { sink in
                var request = request
                request.watch = sink
                return await client.perform(request)
            }, each: each)
    }
}
