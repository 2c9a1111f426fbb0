import Benchmarking
import DataFolder
import Foundation
import TestSupport
import Testing

@testable import Web

/// Suites that are sent over HTTP.
struct SuiteRouteTests {
    private static func suite(_ name: String, prompt: String = "Say hi.") -> String {
        #"{"name":"\#(name)","scenarios":[{"name":"one","prompt":"\#(prompt)"}]}"#
    }

    @Test func aSuiteIsCheckedKeptReplacedAndTakenAway() async throws {
        try await WebTests.serve { served in
            let path = "/api/benchmarks/suites"
            let checked = try await served.ask("POST", path + "/check", [], Self.suite("mine"))
            #expect(checked.status == 200)
            #expect(try await served.ask("GET", path + "/mine").status == 404, "a check keeps nothing")

            let kept = try await served.ask("POST", path, [], Self.suite("mine"))
            #expect(kept.status == 201)
            #expect(kept.headers["location"] == path + "/mine")
            #expect(try await served.ask("GET", path).body.contains("\"mine\""))

            let replaced = try await served.ask("POST", path, [], Self.suite("mine", prompt: "Say ho."))
            #expect(replaced.status == 201)
            #expect(try await served.ask("GET", path + "/mine").body.contains("Say ho."))
            #expect(try await served.page("/suites/mine").text.contains("Say ho."))

            #expect(try await served.ask("DELETE", path + "/mine").status == 200)
            #expect(try await served.ask("DELETE", path + "/mine").status == 404)
        }
    }

    @Test func aSuiteOfAnotherFolderStays() async throws {
        try await WebTests.serve { served in
            let sent = try await served.ask("POST", "/api/benchmarks/suites", [], Self.suite("default"))
            let deleted = try await served.ask("DELETE", "/api/benchmarks/suites/default")

            #expect(sent.status == 409)
            #expect(deleted.status == 409)
        }
    }

    @Test(arguments: [
        ("", ""), ("[]", ""), (#"{"name":"a"}"#, "/scenarios"),
        (#"{"name":"a","scenarios":[{"name":"one","prompt":" "}]}"#, "/scenarios/0/prompt"),
        (#"{"name":"a","scenarios":[{"name":"one","promt":"x"}]}"#, "/scenarios/0/promt"),
        (
            #"{"name":"a","scenarios":[{"name":"x","prompt":"x"}],"default_config":{"iterations":0}}"#,
            "/default_config/iterations"
        ),
        (suite("../../escaped"), "/name"), (suite(".."), "/name"), (suite("a/b"), "/name"), (suite("a\\\\b"), "/name"),
        (suite("a.json"), "/name"), (suite("\\u0000"), "/name"), (suite("check"), "/name"),
        (suite(String(repeating: "a", count: 101)), "/name"),
    ])
    func aFaultIsPointedAtAndNothingIsKept(body: String, pointer: String) async throws {
        try await WebTests.serve { served in
            for path in ["/api/benchmarks/suites", "/api/benchmarks/suites/check"] {
                let answer = try await served.ask("POST", path, [], body)
                #expect(answer.status == 400, "\(body)")
                let fault = (answer.object["errors"] as? [[String: String]])?.first
                #expect(fault?["place"] == "body", "\(answer.body)")
                #expect(fault?["pointer"] == pointer)
            }
            let kept = served.installation.folder + "/suites"
            #expect(((try? FileManager.default.contentsOfDirectory(atPath: kept)) ?? []).isEmpty)
        }
    }

    /// What a file beside a suite may say, a suite that was sent may not: it would name files of this machine.
    @Test func aSuiteThatWasSentReadsNoFile() async throws {
        try await WebTests.serve { served in
            let body = #"{"name":"a","scenarios":[{"name":"one","prompts_file":"/etc/passwd"}]}"#

            let answer = try await served.ask("POST", "/api/benchmarks/suites", [], body)

            #expect(answer.status == 400)
            #expect(!answer.body.contains("root:"))
        }
    }

    @Test func aRunsOrderIsPointedAtToo() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let body = #"{"modelIds":["phi-4"],"suiteName":"quick","config":{"concurrency":[1,0]}}"#

            let answer = try await served.ask("POST", "/api/benchmarks/run", [], body)

            let fault = (answer.object["errors"] as? [[String: String]])?.first
            #expect(fault?["pointer"] == "/config/concurrency", "\(answer.body)")
        }
    }
}
