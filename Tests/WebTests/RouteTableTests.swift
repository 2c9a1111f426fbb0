import DataFolder
import Foundation
import Orchestrator
import TestSupport
import Testing

@testable import Web

/// Routes are what they are declared to be, on the wire and in the document.
struct RouteTableTests {
    @Test(arguments: [
        ("/api/benchmarks/runs/r1/logs?limit=0", "/limit", "must be a whole number from 1 to 10000, found '0'"),
        ("/api/benchmarks/runs/r1/logs?limit=1&limit=2", "/limit", "is given twice"),
        ("/api/benchmarks/runs?deleted=1", "/deleted", "must be true or false"),
        ("/api/benchmarks/runs?a%2Fb=1", "/a~1b", "is not known here. There are: deleted"),
        ("/api/models/available?x=1", "/x", "This route takes none"),
        ("/api/compare?before=r1", "/after", "is missing"),
    ])
    func aQueryThatIsNotAsDeclaredIsRefused(path: String, pointer: String, complaint: String) async throws {
        try await WebTests.serve { served in
            let answer = try await served.get(path)

            let problem = try #require(answer.body as? [String: Any])
            let fault = try #require((problem["errors"] as? [[String: Any]])?.first)
            #expect(answer.status == 400)
            #expect(fault["pointer"] as? String == pointer)
            #expect(fault["place"] as? String == "query")
            #expect((problem["error"] as? String)?.contains(complaint) == true, "\(problem)")
        }
    }

    @Test func aQueryThatIsNoTextIsRefused() async throws {
        try await WebTests.serve { served in
            let answer = try await served.get("/api/benchmarks/results?runId=%ff%fe")
            #expect(answer.status == 400)
        }
    }

    @Test func aBodyTellsWhichMemberIsAtFault() async throws {
        try await WebTests.serve { served in
            let answer = try await served.send("POST", "/api/models", #"{"alias":1,"model_id":"m"}"#)

            let fault = try #require((answer.object["errors"] as? [[String: Any]])?.first)
            #expect(answer.status == 400)
            #expect(fault["pointer"] as? String == "/alias")
            #expect(fault["place"] as? String == "body")
        }
    }

    @Test func anotherMethodIsToldWhichThereAre() async throws {
        try await WebTests.serve { served in
            let answer = try await served.send("PUT", "/api/models")

            #expect(answer.status == 405)
            #expect(answer.error.contains("GET, HEAD, POST"))
        }
    }

    @Test func theDocumentHasEveryRouteAndTheRowsColumns() async throws {
        try await WebTests.serve { served in
            let document = try await served.object("/openapi.json")

            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let list = try await served.object("/")["endpoints"] as? [String] ?? []
            #expect(document["openapi"] as? String == "3.1.0")
            #expect(Set(paths.flatMap { path, item in item.keys.map { "\($0.uppercased()) \(path)" } }) == Set(list))
            let schemas = try #require(
                (document["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]])
            let row = try #require(schemas["ResultRow"]?["properties"] as? [String: [String: Any]])
            #expect(row["tps"]?["type"] as? [String] == ["number", "null"])
            #expect(row["scenario"]?["type"] as? String == "string")
            #expect((schemas["ResultRow"]?["required"] as? [String])?.contains("tps") == true)
            #expect((schemas["RunRow.Status"] ?? schemas["ModelRow.Status"]) == nil, "a choice stands where it is used")
            let status = (schemas["RunRow"]?["properties"] as? [String: [String: Any]])?["status"]
            #expect((status?["enum"] as? [String])?.contains("interrupted") == true)
        }
    }

    @Test func everySchemaOfTheDocumentSaysSomething() async throws {
        try await WebTests.serve { served in
            let document = try await served.object("/openapi.json")
            let schemas = try #require(
                (document["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]])
            for (name, schema) in schemas {
                #expect((schema["properties"] as? [String: Any])?.isEmpty == false, "\(name) has no members")
            }
        }
    }
}
