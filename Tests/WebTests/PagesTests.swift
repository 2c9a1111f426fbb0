import Charts
import DataFolder
import EventStore
import Events
import Foundation
import TestSupport
import Testing

@testable import Web

/// The pages, over real connections.
struct PagesTests {
    /// What a page must never take for markup.
    static let evil = "<script>alert('x')</script>"

    /// A model, a scenario, a prompt and answers whose texts would be markup if they were not shown as text.
    static func fillWithEvil(_ installation: Installation) async throws {
        var identity = ModelIdentity.fixture(id: "evil", alias: evil)
        identity.modelID = evil
        var request = RunRequested.fixture(models: [], scenarios: [evil])
        request.models = [identity]
        request.suiteName = evil
        var sample = InferenceSampled.fixture(model: "evil", scenario: evil, completionTokens: 5)
        sample.outputText = evil
        sample.responseModel = evil
        var failed = InferenceSampled.fixture(model: "evil", scenario: evil, iteration: 1, start: 100, error: .http)
        failed.errorMessage = evil
        let line = LogRecorded.with {
            ($0.level, $0.entityType, $0.entityID, $0.message) = (.error, "benchmark", "r1", evil)
        }
        _ = try await installation.log.append(
            [NewEvent(.modelAdded(.with { $0.model = identity }))], to: .model("evil"))
        let events: [Event] = [
            .runRequested(request), .runStarted(.with { ($0.runID, $0.warnings) = ("r1", [evil]) }),
            .inferenceSampled(sample), .inferenceSampled(failed),
            .runFailed(.with { ($0.runID, $0.reason) = ("r1", evil) }),
        ]
        _ = try await installation.log.append(events.map { NewEvent($0) }, to: .run("r1"))
        _ = try await installation.log.append([NewEvent(.logRecorded(line))], to: .system)
        try installation.projector.catchUp()
    }

    static let paths = [
        "/dashboard", "/models", "/models/available", "/benchmarks", "/benchmarks?suite=quick", "/benchmarks/runs/r1",
        "/results", "/results/r1", "/results/r1?formulas=flperformance%2F1&sort=-tps", "/results/r1/samples",
        "/history",
        "/history?metric=e2e_p50", "/compare", "/audit", "/audit?type=InferenceSampled&from=2", "/audit/verify",
        "/events/1", "/formulas", "/formulas/standard/1", "/formulas/vllm/1", "/recompute", "/recompute?run=r1",
        "/replay/r1", "/replay/r1?speed=max", "/suites", "/suites/quick", "/settings",
    ]

    @Test func everyPageIsThereWithDataAndWithout() async throws {
        try await WebTests.serve { served in
            for path in Self.paths where !path.contains("r1") && !path.contains("/events") {
                let page = try await served.page(path)
                #expect(page.status == 200, "\(path): \(page.text)")
            }
            try await WebTests.fill(served.installation)
            for path in Self.paths {
                let page = try await served.page(path)
                #expect(page.status == 200, "\(path): \(page.text)")
                #expect(page.type.hasPrefix("text/html"))
                #expect(page.text.contains("<h1"), "\(path)")
                #expect(page.text.contains("</html>"), "\(path)")
                #expect(page.text.utf8.count < 150 * 1024, "\(path)")
                // The pages allow themselves neither.
                #expect(!page.text.contains(" style=") && !page.text.contains("<style"), "\(path)")
                #expect(!page.text.contains(#/ on[a-z]+="/#), "\(path)")
            }
        }
    }

    @Test func everyLinkOfAPageLeadsSomewhere() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            var known: Set<String> = []
            var left = Self.paths
            while let path = left.popLast(), known.count < 300 {
                let page = try await served.page(path)
                #expect(page.status == 200, "\(path)")
                guard page.type.hasPrefix("text/html") else { continue }
                for match in page.text.matches(of: #/(?:href|src)="(/[^"#]*)(?:#[^"]*)?"/#) {
                    let link = String(match.1).replacing("&amp;", with: "&")
                    // Of all events, a few.
                    if known.count(where: { $0.hasPrefix("/events/") || $0.hasPrefix("/audit") }) > 12,
                        link.hasPrefix("/events/") || link.hasPrefix("/audit")
                    {
                        continue
                    }
                    if known.insert(link).inserted { left.append(link) }
                }
            }
            #expect(known.count > 60)
        }
    }

    @Test func textsOfOthersAreShownAsText() async throws {
        try await WebTests.serve { served in
            try await Self.fillWithEvil(served.installation)
            let results = try await served.page("/results/r1")
            let row = try #require(results.text.firstMatch(of: #/href="(\/results\/r1\/of\/[^"\/]+)\/[^"]+"/#)).1
            let paths =
                Self.paths + [
                    "/models/evil", String(row), "\(row)/output_tps", "/samples/4", "/samples/5", "/events/4",
                    "/events/2",
                    "/results/r1/charts/throughput", "/results/r1/charts/throughput?format=svg",
                    "/results/r1/charts/timeline?format=svg", "/audit?stream=%3Cscript%3E",
                    "/history?suite=%3Cscript%3E",
                    "/results/%3Cscript%3Ealert('x')",
                ]
            for path in paths {
                let page = try await served.page(path)
                #expect(!page.text.contains("<script>"), "\(path)")
                #expect(!page.text.contains("alert('x')"), "\(path)")
            }
            #expect(results.text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
            #expect(try await served.page("/samples/4").text.contains("&lt;script&gt;"))
        }
    }

    @Test func anIDWithASlashIsFoundByItsAddress() async throws {
        try await WebTests.serve { served in
            let id = "a/b:c%20d"
            _ = try await served.installation.log.append(
                [NewEvent(.modelAdded(.with { $0.model = .fixture(id: id, alias: "odd") }))], to: .model(id))
            try served.installation.projector.catchUp()

            let list = try await served.page("/models")
            let link = try #require(list.text.firstMatch(of: #/href="(\/models\/a%2F[^"]+)"/#)).1
            for path in ["\(link)", "/api\(link)/status", "/api\(link)/logs"] {
                #expect(try await served.page(path).status == 200, "\(path)")
            }
        }
    }

    @Test func aFigureLeadsToItsProof() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let results = try await served.page("/results/r1")
            let figure = try #require(results.text.firstMatch(of: #/href="(\/results\/r1\/of\/[^"]+\/ttft_p50)"/#)).1
            let formula = try await served.page(String(figure))
            #expect(formula.text.contains("p50("))
            #expect(formula.text.contains("sha256:"))
            let sample = try #require(formula.text.firstMatch(of: #/href="(\/samples\/[0-9]+)"/#)).1
            let request = try await served.page(String(sample))
            #expect(request.text.contains("Chunk timeline"))
            let event = try #require(request.text.firstMatch(of: #/href="(\/events\/[0-9]+)"/#)).1
            let proof = try await served.page(String(event))
            #expect(proof.text.contains("✓ Proven"))
            #expect(proof.text.contains("✓ the same"))
            let file = try await served.page("\(event)/proof")
            #expect(file.text.hasPrefix("c2sp.org/tlog-proof@v1\n"))
        }
    }

    @Test func pagesMayLoadNothingFromElsewhereAndRunOnlyOurScript() async throws {
        try await WebTests.serve { served in
            let page = try await served.page("/dashboard")
            #expect(page.headers["content-security-policy"]?.contains("script-src 'self';") == true)
            #expect(page.headers["content-security-policy"]?.contains("'unsafe-inline'") == false)
            #expect(page.headers["x-content-type-options"] == "nosniff")
            #expect(PageScript.text.text.utf8.count < 5 * 1024)
            #expect(!page.text.contains(#/(?:href|src)="(?:https?:)?\/\//#))
        }
    }

    @Test func browsersGetAPageAtTheRootAndProgramsTheList() async throws {
        try await WebTests.serve { served in
            let browser = try await served.page("/", headers: ["Accept": "text/html,*/*;q=0.8"])
            #expect(browser.status == 303)
            #expect(browser.headers["location"] == "/dashboard")
            #expect(try await served.object("/")["endpoints"] != nil)
        }
    }

    @Test func whatIsNotThereIsAPageWithAReason() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            for (path, status, words) in [
                ("/results/nobody", 404, "Unknown run"), ("/results/r1/of/x", 404, "no result"),
                ("/events/9999", 404, "the log ends at"),
                ("/events/0", 400, "whole number from 1"), ("/samples/1", 404, "no request"),
                ("/formulas/no/9", 404, "Unknown formula set"),
                ("/results/r1?formulas=no", 404, "Unknown formula set"),
                ("/audit?type=Nothing", 400, "Unknown event type"),
                ("/suites/none", 404, "Unknown suite"), ("/models/none", 404, "Unknown model"),
                ("/history?metric=x", 400, "no figure"),
            ] {
                let page = try await served.page(path)
                #expect(page.status == status, "\(path)")
                #expect(page.text.contains(words), "\(path): \(page.text)")
                #expect(page.type.hasPrefix("text/html"), "\(path)")
            }
        }
    }

    @Test func aChartIsAFileOfItsOwn() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            for name in ResultCharts.names {
                let chart = try await served.page("/results/r1/charts/\(name)?format=svg")
                #expect(chart.type == "image/svg+xml", "\(name)")
                #expect(chart.text.hasPrefix("<svg xmlns="), "\(name)")
                let page = try await served.page("/results/r1/charts/\(name)")
                #expect(page.text.contains("<h2>Data</h2>"), "\(name)")
            }
        }
    }

    @Test func theLogIsExportedLineByLine() async throws {
        try await WebTests.serve { served in
            try await WebTests.fill(served.installation)
            let last = try served.installation.log.lastPosition()
            let all = try await served.page("/audit/export")
            #expect(all.text.split(separator: "\n").count == Int(last))
            let some = try await served.page("/audit/export?type=InferenceSampled&format=csv")
            #expect(some.text.split(separator: "\r\n").count == 6)
        }
    }
}
