import DataFolder
import Formulas
import Foundation
import Testing

@testable import Web

/// Formulas over HTTP: looked at, tried and applied.
struct RecomputationTests {
    private static let text =
        #"set: mine\nversion: 1\nresult:\n  ttft: {expr: max(last_content - sent), unit: ms, better: lower}\n"#

    @Test func aSetIsTriedAndThenApplied() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let order = #""text":"\#(Self.text)","runs":["r1"]"#

            let begun = try await served.send("POST", "/api/recomputations", "{\(order)}")
            #expect(begun.status == 202, "\(begun.object)")
            let id = try #require(begun.object["id"] as? String)
            try await served.wait(for: "completed", at: "/api/recomputations/\(id)")
            let tried = try await served.object("/api/recomputations/\(id)")
            let outcome = try #require(tried["outcome"] as? [String: Any])
            let digest = try #require(outcome["outcome_digest"] as? String)
            let figure = try #require((outcome["figures"] as? [[String: Any]])?.first)
            #expect(figure["metric_before"] as? String == "ttft_p50")
            #expect(figure["after"] as? Double == 90)
            let nothing = try await served.object("/api/recomputations")
            #expect((nothing["recomputations"] as? [Any])?.isEmpty == true)

            let applied = try await served.send("POST", "/api/recomputations", "{\(order),\"expect\":\"\(digest)\"}")
            let second = try #require(applied.object["id"] as? String)
            try await served.wait(for: "completed", at: "/api/recomputations/\(second)")
            let list = try await served.object("/api/recomputations")
            let row = try #require((list["recomputations"] as? [[String: Any]])?.first)
            #expect(row["outcome_digest"] as? String == digest)
            let position = try #require(row["position"] as? Int)
            #expect(try await served.get("/api/recomputations/\(position)").status == 200)
            let results = try await served.object("/api/benchmarks/results?runId=r1&formulas=mine/1")
            #expect(((results["results"] as? [[String: Any]])?.first)?["ttft"] as? Double == 90)
            let sets = try await served.object("/api/formulas")
            let names = (sets["formulas"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
            #expect(names == FormulaSet.builtIn.map(\.name) + ["mine/1"])
        }
    }

    @Test func anotherOutcomeFailsAndSaysWhatToDo() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let begun = try await served.send(
                "POST", "/api/recomputations", #"{"formulas":["vllm/1"],"expect":"sha256:00"}"#)
            let id = try #require(begun.object["id"] as? String)
            try await served.wait(for: "failed", at: "/api/recomputations/\(id)")
            let job = try await served.object("/api/recomputations/\(id)")
            #expect((job["error"] as? String)?.contains("Could not apply") == true)
            #expect(job["outcome"] is NSNull)
            let cancelled = try await served.send("DELETE", "/api/recomputations/\(id)")
            #expect(cancelled.status == 409)
            #expect(cancelled.error.contains("does not go on"))
            #expect(try await served.get("/api/recomputations/7").status == 404)
        }
    }

    @Test func aSetOfTheFolderFillsNoAnswerUntilItWasApplied() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let folder = served.installation.formulas.folder
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let text = Self.text.replacing("\\n", with: "\n")
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/mine.yaml"))

            let answer = try await served.get("/api/benchmarks/runs/r1?formulas=mine/1")

            #expect(answer.status == 404)
            let error = (answer.body as? [String: Any])?["error"] as? String
            #expect(error?.contains("built in or was applied") == true, "\(answer.body)")
            #expect(try await served.get("/api/formulas/mine/1").status == 200)
        }
    }

    @Test func aSetAndTheLanguageCanBeRead() async throws {
        try await WebTests.serve { served in
            let set = try await served.object("/api/formulas/standard/1")
            #expect(set["digest"] as? String == FormulaSet.named("standard/1")?.digest)
            #expect((set["metrics"] as? [[String: Any]])?.contains { $0["name"] as? String == "ttft_p50" } == true)
            #expect(try await served.object("/api/formulas/standard%2F1")["name"] as? String == "standard/1")
            #expect(try await served.get("/api/formulas/standard/9").status == 404)
            let manual = try await served.object("/api/formulas/help")
            #expect((manual["chapters"] as? [Any])?.count == FormulaManual.chapters.count)
        }
    }

    @Test(arguments: [
        ("{}", 400, "must have 'formulas'"),
        (#"{"formula":["vllm/1"]}"#, 400, "Did you mean 'formulas'?"),
        (#"{"formulas":["vlm/1"]}"#, 404, "Did you mean 'vllm/1'?"),
        (#"{"text":"set: s\nversion: 1\nresult: {m: {expr: fist_byte, unit: ms}}"}"#, 400, "text:3:"),
        (#"{"formulas":["vllm/1"],"limit":-1}"#, 400, "'limit'"),
        (#"{"formulas":["vllm/1"],"since":9223372036854775807}"#, 400, "'since'"),
    ])
    func whatIsWrongWithAnOrderIsSaid(body: String, status: Int, sentence: String) async throws {
        try await WebTests.serve { served in
            let answer = try await served.send("POST", "/api/recomputations", body)
            #expect(answer.status == status)
            #expect(answer.error.contains(sentence), "\(answer.error)")
        }
    }
}
