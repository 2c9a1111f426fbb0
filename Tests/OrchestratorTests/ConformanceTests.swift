import Foundation
import Testing

@testable import Orchestrator

/// The conformance of each kind, found out once.
private let conformances = PosingServer.allCases.map { server in
    (server, Task { try await Examination.result(of: server) })
}

@Suite struct ConformanceTests {
    @Test(arguments: PosingServer.allCases)
    func everyOperationWorksOrIsRefusedInASentence(_ server: PosingServer) async throws {
        let conformance = try await conformances.first { $0.0 == server }?.1.value

        #expect(conformance?.problems == [])
        #expect(conformance?.cells.count == Operation.allCases.count)
    }

    /// FLPERF_WRITE_README=1 writes the table; without it, one that differs from what was seen is a failure.
    @Test func theReadmeTellsWhatWasSeen() async throws {
        var table = ["| | \(PosingServer.allCases.map(\.rawValue).joined(separator: " | ")) |"]
        table.append("|---" + String(repeating: "|---", count: PosingServer.allCases.count) + "|")
        var seen: [[Operation: String]] = []
        for (_, conformance) in conformances { seen.append(try await conformance.value.cells) }
        for operation in Operation.allCases {
            table.append("| \(operation.rawValue) | \(seen.map { $0[operation] ?? "?" }.joined(separator: " | ")) |")
        }

        let written = table.joined(separator: "\n") + "\n"
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md").standardized
        let text = try String(contentsOf: file, encoding: .utf8)
        let (begin, end) = ("<!-- seen by ConformanceTests -->\n", "<!-- end -->")
        let start = try #require(text.range(of: begin), "README.md has no place for the table.").upperBound
        let stop = try #require(text.range(of: end, range: start..<text.endIndex)).lowerBound

        if ProcessInfo.processInfo.environment["FLPERF_WRITE_README"] == "1" {
            try text.replacingCharacters(in: start..<stop, with: written)
                .write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(
                text[start..<stop] == written,
                "The table in README.md is not what was seen. FLPERF_WRITE_README=1 swift test --filter theReadmeTellsWhatWasSeen writes it."
            )
        }
    }
}
