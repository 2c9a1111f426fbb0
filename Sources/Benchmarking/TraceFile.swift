import Crypto
import Foundation

/// A public trace: a file of JSON lines, each one request with `timestamp`, `input_length` and `output_length` (tokens). Such are
/// Mooncake's (milliseconds, whole numbers) and Alibaba's of Bailian (seconds with a fraction). Other members are not read.
public struct TraceFile: Sendable {
    /// What a timestamp counts.
    public enum Unit: String, Sendable, CaseIterable {
        case milliseconds = "ms"
        case seconds = "s"

        fileprivate var nanoseconds: Double { self == .seconds ? 1e9 : 1e6 }
    }

    /// The file's name without its folder.
    public let name: String
    /// `sha256:<hex>` of the file's bytes.
    public let digest: String
    /// What the timestamps were taken for.
    public let unit: Unit
    /// In order of their starts, counted from the first one's.
    public let requests: [Trace.Request]

    /// From the first request's start to the last one's.
    public var span: Duration { .nanoseconds(requests.last?.start ?? 0) }

    /// Most requests that are read.
    public static let requestLimit = 1_000_000
    /// Longest prompt and answer, in tokens.
    public static let lengthAllowed = 0...1_000_000
    /// Milliseconds since the epoch are within it too.
    private static let timestampAllowed = 0.0...1e15
    /// Longest time from the first request to the last one.
    private static let spanAllowed: Duration = .seconds(366 * 86_400)

    /// Reads the file at `path`.
    ///
    /// - Parameter unit: of the timestamps. When nil, seconds where any of them has a fraction, else milliseconds.
    /// - Throws: `SuiteError` naming the file, and the line where one is at fault.
    public init(path: String, unit: Unit? = nil) throws(SuiteError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            let exists = FileManager.default.fileExists(atPath: path)
            throw .invalid(
                place: "Could not read the trace \(path)",
                reason: exists ? "it can't be opened" : "there is no such file")
        }
        try self.init(data, path: path, unit: unit)
    }

    /// Reads a trace that is at hand.
    ///
    /// - Parameters:
    ///   - path: what messages call it; the part behind the last `/` is its name.
    ///   - unit: as above.
    /// - Throws: `SuiteError` naming the line that is at fault.
    public init(_ data: Data, path: String, unit: Unit? = nil) throws(SuiteError) {
        let unreadable = "Could not read the trace \(path)"
        var lines: [Line] = []
        for (index, text) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !text.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
            guard lines.count < Self.requestLimit else {
                throw .invalid(place: unreadable, reason: "it has more than the \(Self.requestLimit) requests allowed")
            }
            lines.append(try Line(text, file: path, number: index + 1))
        }
        guard !lines.isEmpty else { throw .invalid(place: unreadable, reason: "there is no request in it") }
        let known = unit ?? (lines.contains { $0.timestamp != $0.timestamp.rounded() } ? .seconds : .milliseconds)
        lines.sort { ($0.timestamp, $0.number) < ($1.timestamp, $1.number) }
        let first = lines[0].timestamp
        guard (lines[lines.count - 1].timestamp - first) * known.nanoseconds <= Self.spanAllowed / .nanoseconds(1)
        else {
            throw .invalid(
                place: unreadable, reason: "its requests span more than a year; say what its timestamps count")
        }
        self.unit = known
        requests = lines.map { line in
            // A length of 0 is taken as 1: no request is empty.
            Trace.Request(
                start: Int64(((line.timestamp - first) * known.nanoseconds).rounded()),
                promptTokens: max(1, line.promptTokens), maxTokens: max(1, line.maxTokens))
        }
        name = URL(fileURLWithPath: path).lastPathComponent
        digest =
            "sha256:" + SHA256.hash(data: data).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// One request as it stands in the file.
    private struct Line {
        var number: Int
        var timestamp: Double
        var promptTokens: Int
        var maxTokens: Int

        /// Reads what is wanted and skips the rest, which is most of it: the numbers of cached blocks.
        private struct Wanted: Decodable {
            var timestamp: Double
            var input_length: Int
            var output_length: Int
        }

        init(_ text: Data, file: String, number: Int) throws(SuiteError) {
            self.number = number
            if let wanted = try? JSONDecoder().decode(Wanted.self, from: text),
                TraceFile.timestampAllowed.contains(wanted.timestamp),
                TraceFile.lengthAllowed.contains(wanted.input_length),
                TraceFile.lengthAllowed.contains(wanted.output_length)
            {
                (timestamp, promptTokens, maxTokens) = (wanted.timestamp, wanted.input_length, wanted.output_length)
                return
            }
            // Slowly, to say what is wrong and where.
            let object = try JSONDocument(text, file: file, line: number).root.object()
            guard let timestamp = try object.optionalNumber("timestamp", in: TraceFile.timestampAllowed) else {
                throw object.error("timestamp", "is missing: when the request started is expected")
            }
            guard let promptTokens = try object.optionalInteger("input_length", in: TraceFile.lengthAllowed) else {
                throw object.error("input_length", "is missing: the prompt's length in tokens is expected")
            }
            guard let maxTokens = try object.optionalInteger("output_length", in: TraceFile.lengthAllowed) else {
                throw object.error("output_length", "is missing: the answer's length in tokens is expected")
            }
            (self.timestamp, self.promptTokens, self.maxTokens) = (timestamp, promptTokens, maxTokens)
        }
    }
}

extension Suite {
    /// The suite that stands for a trace: one scenario, whose prompts are made to the lengths that the trace has.
    public init(_ trace: TraceFile) {
        let scenario = Scenario(
            name: Self.traceScenario, description: "Prompts and answers of the lengths that the trace has.",
            prompts: .lengths(trace.requests))
        self.init(
            name: trace.name, version: "1", description: "The requests of a trace.", scenarios: [scenario],
            defaults: RunSettings(), digest: trace.digest)
    }

    fileprivate static let traceScenario = "Trace"
}

extension RunSettings {
    /// Has the requests of a trace made: an open loop of one level, which is named by the trace's mean rate.
    ///
    /// - Parameter speed: 2 starts them in half the time.
    public mutating func take(_ file: TraceFile, speed: Double) {
        let requests = file.requests.map { $0.faster(speed) }
        let seconds = Double(requests.last?.start ?? 0) / 1e9
        let mean = seconds > 0 ? Double(requests.count - 1) / seconds : Double(requests.count)
        let level = LoadLevel.legible(rate: mean)
        rates = level.rate.map { [$0] } ?? []
        trace = Trace(name: file.name, digest: file.digest, speed: speed)
        trace?.requests = [Trace.Place(scenario: Suite.traceScenario, level: level): requests]
    }
}
