import DataFolder
import Formulas
import Foundation
import Import
import Results
import Runs
import TestSupport
import Testing

/// Another tool's file, imported into a folder of its own, and what it says itself.
struct PeerImport {
    let installation: Installation
    let summary: ImportSummary
    let run: RunDetail
    /// The result's figures by the tool's own set.
    let figures: [String: Double?]

    /// The one result of the one run.
    var row: ResultRow { run.results[0] }

    /// Imports one of the files of other tools that lie beside the project, and hands it to the body.
    static func of(
        _ name: String, withoutNeighbours: Bool = false, _ body: (PeerImport) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            let summary = try await installation.append(history(name, withoutNeighbours: withoutNeighbours))
            try installation.projector.catchUp()
            let id = try #require(try installation.runs().value.first?.id)
            let detail = try #require(try installation.run(id).value)
            let row = try #require(detail.results.first)
            // The samples' columns give the figures that were folded from the log.
            for set in FormulaSet.builtIn where row.metrics[set.name] != nil {
                #expect(try installation.evaluate(set, of: [row]).map(\.dictionary) == [row.metrics[set.name]])
            }
            try await body(
                PeerImport(
                    installation: installation, summary: summary, run: detail,
                    figures: try #require(row.metrics[row.formula_set])))
        }
    }

    static func history(_ name: String, withoutNeighbours: Bool = false) throws -> ImportedHistory {
        let path = try #require(sharedFile("data/peers/" + name))
        return try ImportedFile(bytes: bytes(path), path: name) { neighbour in
            withoutNeighbours ? nil : sharedFile("data/peers/" + neighbour).flatMap { try? bytes($0) }
        }.history()
    }

    /// One of the files, as what it says itself.
    static func json(_ name: String) throws -> [String: Any] {
        let path = try #require(sharedFile("data/peers/" + name))
        return try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any])
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Whether a figure of ours is the tool's: a relative difference under 1e-9, or what the caller explains.
    ///
    /// - Parameter absolute: a difference that is small enough however small the figure, in its unit.
    func expect(
        _ name: String, is theirs: Double, within tolerance: Double = 1e-9, absolute: Double = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let ours = figures[name] ?? nil
        let difference = ours.map { abs($0 - theirs) }
        #expect(
            difference.map { $0 <= max(tolerance * abs(theirs), absolute, 1e-15) } == true,
            "\(name): \(ours.map { "\($0)" } ?? "null"), theirs \(theirs)",
            sourceLocation: sourceLocation)
    }
}

/// A number of a JSON object; nil for anything else that it may hold.
func number(_ value: Any?) -> Double? { (value as? NSNumber)?.doubleValue }
