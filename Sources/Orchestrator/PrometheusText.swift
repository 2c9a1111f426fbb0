/// Figures in Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
public struct PrometheusText: Sendable, Equatable {
    /// One figure.
    public struct Sample: Sendable, Equatable {
        /// The name as the server writes it: of a histogram's parts with `_bucket`, `_sum` or `_count`.
        public var name: String
        /// What tells it from others of the same name.
        public var labels: [String: String]
        /// NaN and the infinities are possible.
        public var value: Double
        /// What the server says that it is.
        public var kind: Kind
    }

    /// What a figure means.
    public enum Kind: String, Sendable {
        /// Only grows.
        case counter
        /// Goes up and down.
        case gauge
        /// A part of a distribution, in buckets.
        case histogram
        /// A part of a distribution, in quantiles.
        case summary
        /// The server does not say.
        case untyped
    }

    /// The figures, in the server's order.
    public var samples: [Sample] = []

    static let contentType = "text/plain; version=0.0.4"
    /// How long a server may take to tell its figures.
    static let timeLimit = Duration.seconds(5)
    /// Longest text that is read; vLLM's has a few hundred kilobytes.
    static let byteLimit = 4 << 20
    /// Most figures; vLLM tells about two thousand.
    static let sampleLimit = 10_000

    /// Why a text can't be read.
    struct Fault: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// Reads a whole text.
    init(_ text: [UInt8]) throws(Fault) {
        guard text.count <= Self.byteLimit else {
            throw Fault(description: "it is longer than \(Self.byteLimit) bytes")
        }
        var kinds: [String: Kind] = [:]
        var number = 0
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            var scanner = PrometheusScanner(line)
            do {
                if scanner.isBlank { continue }
                if scanner.take(UInt8(ascii: "#")) {
                    if let (name, kind) = scanner.declaredKind() { kinds[name] = kind }
                    continue
                }
                var sample = try scanner.sample()
                sample.kind = Self.kind(of: sample.name, in: kinds)
                samples.append(sample)
            } catch {
                throw Fault(description: "line \(number) is not in Prometheus' text format: \(error.reason)")
            }
            guard samples.count <= Self.sampleLimit else {
                throw Fault(description: "it has more than \(Self.sampleLimit) figures")
            }
        }
    }

    /// The parts of a distribution are declared under its own name.
    private static func kind(of name: String, in kinds: [String: Kind]) -> Kind {
        if let kind = kinds[name] { return kind }
        for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            if let kind = kinds[String(name.dropLast(suffix.count))], kind == .histogram || kind == .summary {
                return kind
            }
        }
        return .untyped
    }
}
