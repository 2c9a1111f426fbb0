import DataFolder
import Events
import Foundation
import Simulator
import TestSupport
import Testing

@testable import Web

/// What the pages' forms do, over real connections.
struct PageFormTests {
    @Test func aModelIsAddedLoadedTestedAndRemovedByForms() async throws {
        let configuration = SimulatorConfiguration(as: .ollama)
        let name = configuration.models[0].id
        let simulator = try Simulator(configuration)
        let simulating = Task { await simulator.run() }
        defer { simulating.cancel() }
        try await WebTests.serve { served in
            let endpoint = "http%3A%2F%2F127.0.0.1%3A\(simulator.port)"

            let added = try await served.submit(
                "/models", "model_id=\(name.inAddress)&alias=my+model&endpoint=\(endpoint)")
            #expect(added.status == 303, "\(added.text)")
            #expect(added.headers["location"] == "/models")
            let row = try #require(try served.installation.models().value.first)
            #expect(row.alias == "my model")
            let base = "/models/\(row.id.inAddress)"
            #expect(try await served.page("/models").text.contains("my model"))

            let early = try await served.submit("\(base)/test", "prompt=Hi")
            #expect(early.status == 400)
            #expect(early.text.contains("is not loaded"))
            #expect(try await served.submit("\(base)/load").status == 303)
            try await served.wait(for: "running", at: "/api\(base)/status")
            let test = try await served.submit("\(base)/test", "prompt=Hi")
            #expect(test.text.contains("answered"), "\(test.text)")
            #expect(try await served.submit("\(base)/health").headers["location"] == base)
            #expect(try await served.submit("\(base)/stop").status == 303)
            #expect(try await served.submit("\(base)/remove").status == 303)
            #expect(try served.installation.models().value.isEmpty)
        }
    }

    /// A service at which a simulated model was added by the form.
    private func withModel(_ body: (WebTests.Served, _ id: String) async throws -> Void) async throws {
        let simulator = try Simulator(SimulatorConfiguration())
        let simulating = Task { await simulator.run() }
        defer { simulating.cancel() }
        try await WebTests.serve { served in
            let endpoint = "http%3A%2F%2F127.0.0.1%3A\(simulator.port)"
            _ = try await served.submit("/models", "model_id=simulated&alias=sim&endpoint=\(endpoint)")
            try await body(served, try #require(try served.installation.models().value.first).id)
        }
    }

    @Test func aRunIsStartedWatchedAndCancelledByForms() async throws {
        try await withModel { served, id in

            let refused = try await served.submit(
                "/benchmarks", "suiteName=quick&model=\(id.inAddress)&iterations=0&max_tokens=7&concurrency=")
            #expect(refused.status == 400)
            #expect(refused.text.contains("&#39;iterations&#39; must be at least 1, found 0"))
            #expect(refused.text.contains("value=\"7\""))

            let begun = try await served.submit(
                "/benchmarks",
                "suiteName=quick&model=\(id.inAddress)&scenario=Three+Colours&iterations=9000&concurrency=1%2C+2&timeout_s=2.5&streaming=true"
            )
            #expect(begun.status == 303, "\(begun.text)")
            let address = try #require(begun.headers["location"])
            let run = String(try #require(address.split(separator: "/").last))
            let row = try #require(try served.installation.run(run).value).run
            #expect(row.scenarios == ["Three Colours"])
            #expect(row.config.timeout == 2_500)
            #expect(row.config.concurrency == .several([1, 2]))
            #expect(try await served.page(address).text.contains("data-live=\"\(address)/live\""))
            #expect(try await served.page("/dashboard").text.contains("Running now"))

            async let live = served.page("\(address)/live")
            #expect(try await served.submit("\(address)/cancel").headers["location"] == address)
            try await served.wait(for: "cancelled", at: "/api/benchmarks/runs/\(run)/status")
            let stream = try await live
            #expect(stream.type == "text/event-stream")
            #expect(stream.text.hasPrefix("event: part\ndata: "))
            #expect(stream.text.hasSuffix("event: end\ndata: over\n\n"))
            #expect(stream.text.contains("cancelled"))

            #expect(try await served.submit("\(address)/delete").status == 303)
            #expect(try served.installation.runs().value.isEmpty)
        }
    }

    @Test func everyLoadIsOrderedByTheForm() async throws {
        try await withModel { served, id in
            let form = "suiteName=quick&model=\(id.inAddress)&scenario=Three+Colours"

            let refused = try await served.submit("/benchmarks", form + "&sweep=rate&min_precision=2")
            #expect(refused.text.contains("&#39;sweep&#39; needs an objective to keep"), "\(refused.text)")
            #expect(refused.text.contains("<option value=\"rate\" selected"))
            let trace = #"{"timestamp":0,"input_length":5,"output_length":2}"#
            let both = try await served.submit("/benchmarks", form + "&rate=2&trace=\(trace.inAddress)")
            #expect(both.text.contains("&#39;trace&#39; stands beside &#39;rate&#39;"), "\(both.text)")
            #expect(both.text.contains("&quot;input_length&quot;:5"))

            for (fields, scenario) in [
                ("&sweep=concurrency&sweep_levels=2&slo_ttft_ms=1&slo_share=100&iterations=2", "Three Colours"),
                ("&trace=\(trace.inAddress)&trace_name=one&trace_speed=2", "Trace"),
                ("&min_precision=50&max_iterations=2&iterations=2", "Three Colours"),
            ] {
                let begun = try await served.submit("/benchmarks", form + "&max_tokens=2" + fields)
                #expect(begun.status == 303, "\(begun.text)")
                let run = String(try #require(begun.headers["location"]?.split(separator: "/").last))
                try await served.wait(for: "completed", at: "/api/benchmarks/runs/\(run)/status")
                #expect(try served.installation.run(run).value?.run.scenarios == [scenario])
            }
        }
    }

    @Test func aFormOfAnotherSiteChangesNothing() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let before = try served.installation.log.lastPosition()
            let foreign: [[String: String]] = [
                ["Sec-Fetch-Site": "cross-site"], ["Origin": "http://evil.example"], ["Sec-Fetch-Site": "same-site"],
            ]
            for headers in foreign {
                for path in ["/models/phi-4/remove", "/benchmarks/runs/r1/delete", "/benchmarks", "/audit/verify"] {
                    let answer = try await served.submit(path, "a=b", headers: headers)
                    #expect(answer.status == 403, "\(path) \(headers)")
                }
            }
            // Whoever does not say where it comes from is no browser, and programs send JSON.
            let silent = try await served.page("/benchmarks/runs/r1/delete", method: "POST", form: "a=b")
            #expect(silent.status == 415)
            let api = try await served.submit("/api/models", "alias=a")
            #expect(api.status == 415)
            #expect(try served.installation.log.lastPosition() == before)
        }
    }

    @Test func aLogIsVerifiedByAForm() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let last = try served.installation.log.lastPosition()

            #expect(try await served.submit("/audit/verify").headers["location"] == "/audit")

            #expect(try await served.page("/audit").text.contains("all as they were written"))
            #expect(try await served.page("/results/r1").text.contains("log verified to \(last)"))
        }
    }

    @Test func aSuiteIsCheckedWithItsPlaceOfFault() async throws {
        try await WebTests.serve { served in
            let wrong = try await served.submit("/suites/check", "text=%7B%22name%22%3A+1%7D")
            #expect(wrong.text.contains("suite.json:1:"), "\(wrong.text)")
            let text = try String(contentsOfFile: projectFolder + "/suites/quick.json", encoding: .utf8)
            let right = try await served.submit("/suites/check", "text=\(text.inAddress)")
            #expect(right.text.contains("nothing wrong with it"))
        }
    }

    @Test(arguments: [
        ("a=1&b=2&a=3", ["a": ["1", "3"], "b": ["2"]]), ("x=a+b%20c%2B", ["x": ["a b c+"]]),
        ("x=%zz%4", ["x": ["%zz%4"]]),
        ("", [:]), ("flag&x=", [:]), ("%C3%A9=%F0%9F%A6%99", ["é": ["🦙"]]),
    ])
    func fieldsAreDecoded(text: String, expected: [String: [String]]) {
        let fields = FormFields(text)

        for (name, values) in expected { #expect(fields.all(name) == values) }
        #expect(Set(fields.fields.filter { !$0.value.isEmpty }.map(\.name)) == Set(expected.keys))
    }

    @Test func whatIsPutInAnAddressComesBack() {
        let text = "a/b c?d=e&f#g%h+🦙<\">"

        #expect(FormFields("x=\(text.inAddress)")["x"] == text)
    }
}
