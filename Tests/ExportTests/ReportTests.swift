@testable import Export
import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

struct ReportTests {
    @Test func markdownKeepsEveryTextInItsCell() async throws {
        try await ExportWorld.with { world in
            let text = MarkdownReport.text(of: try world.document(["ttft_p50>45ms", "score<0", "e2e_p99>1s"]))

            let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
            // A bar that belongs to a text is escaped; the others are the borders of cells.
            let borders = rows.map { $0.replacing("\\|", with: "").count { $0 == "|" } }
            #expect(Set(borders) == [5, 12], "\(text)")
            #expect(text.contains("| ❌ | ttft\\_p50&gt;45ms | phi-4, Short, 1 stream |"), "\(text)")
            #expect(text.contains("| ✅ | score&lt;0 | phi-4 |"))
            #expect(text.contains("| ❔ | e2e\\_p99&gt;1s |"))
            #expect(text.contains("=SUM(A1)\\|\"it's\", &lt;b&gt;"))
            #expect(!text.contains("<b>"))
        }
    }

    @Test func htmlIsOnePageThatNeedsNothingElse() async throws {
        try await ExportWorld.with { world in
            let page = HTMLReport.page(of: try world.document(["ttft_p50>45ms"]))

            #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("href="))
            #expect(page.contains("&lt;b&gt;") && !page.contains("<b>"))
            #expect(page.contains("default-src 'none'"))
            #expect(page.contains("<title>Run r1: completed</title>"))
        }
    }

    @Test func junitIsWellFormedAndCountsWhatFailed() async throws {
        try await ExportWorld.with { world in
            let xml = JUnitReport.xml(of: try world.document(["ttft_p50>45ms", "e2e_p99>1s"]))
            let reader = Reader()
            let parser = XMLParser(data: Data(xml.utf8))
            parser.delegate = reader

            #expect(parser.parse(), "\(xml)")
            #expect(reader.suites == ["phi-4"])
            // Measured at all; then two conditions at two scenarios on two levels.
            #expect(reader.cases.count == 9)
            #expect(reader.cases.contains { $0.contains(ExportWorld.nasty.prefix(14)) })
            #expect(reader.counts == ["tests": "9", "failures": "\(reader.failures)", "errors": "4"])
            #expect(reader.failures >= 1)
        }
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var suites: [String] = []
        var cases: [String] = []
        var failures = 0
        var counts: [String: String] = [:]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            switch name {
            case "testsuites": counts = attributes.filter { ["tests", "failures", "errors"].contains($0.key) }
            case "testsuite": suites.append(attributes["name"] ?? "")
            case "testcase": cases.append(attributes["name"] ?? "")
            case "failure": failures += 1
            default: break
            }
        }
    }

    @Test func controlCharactersAreNoneOfXMLs() {
        #expect(HTMLReport.escaped("a\u{0}\u{1b}[1m<&>\"'\n") == "a\u{FFFD}\u{FFFD}[1m&lt;&amp;&gt;&quot;&#39;&#10;")
    }
}
