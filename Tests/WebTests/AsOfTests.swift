import DataFolder
import Streaming
import Testing

/// `?as_of=` on the routes that read.
struct AsOfTests {
    @Test func aReadAnswersFromTheLogUpToThere() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)

            // The model, the run's request and start, and three samples.
            let results = try await served.object("/api/benchmarks/results?as_of=6")
            let runs = try await served.object("/api/benchmarks/runs?as_of=1")

            #expect((results["results"] as? [[String: Any]])?.first?["samples"] as? Int == 3)
            #expect((runs["runs"] as? [Any])?.isEmpty == true)
            let now = try await served.object("/api/benchmarks/results")
            #expect((now["results"] as? [[String: Any]])?.first?["samples"] as? Int == 5)
        }
    }

    @Test func theAnswerNamesItsPosition() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)

            let answer = try await served.object("/api/system/stats?as_of=2200-01-01T00:00:00Z")

            #expect(answer["position"] as? Int == 10)
        }
    }

    @Test(arguments: [
        ("0", 404, "Could not answer as of event 0: the log's events are 1 to 10."),
        ("11", 404, "Could not answer as of event 11: the log's events are 1 to 10."),
        (
            "yesterday", 400,
            "'as_of' must be an event's position or a time such as 2026-01-31T18:00:00Z, found 'yesterday'."
        ),
    ])
    func aPointThatIsNoneIsRefused(text: String, status: Int, sentence: String) async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)

            let answer = try await served.get("/api/benchmarks/runs?as_of=\(text)")

            #expect(answer.status == status)
            #expect((answer.body as? [String: Any])?["error"] as? String == sentence)
        }
    }
}
