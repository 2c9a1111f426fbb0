import Foundation
import Results
import Runs

/// One run with its results, as the original exports it: `{run, results, exported_at}`.
public struct RunExport: Codable, Sendable {
    public var run: RunRow
    public var results: [ResultRow]
    /// When it was exported, ISO 8601 in UTC.
    public var exported_at: String

    public init(run: RunRow, results: [ResultRow], at date: Date = Date()) {
        self.run = run
        self.results = results
        exported_at = date.formatted(.iso8601)
    }

    /// The file's bytes, keys sorted, ended by a line break.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try [UInt8](encoder.encode(self)) + [10]
    }
}
