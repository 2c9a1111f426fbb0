import Foundation
import Runs

/// Writes runs as metrics of OpenTelemetry: a line a run, each an `ExportMetricsServiceRequest` in OTLP's JSON form, as the
/// collector's file receiver reads them and its HTTP receiver takes them one at a time.
///
/// The names are those of the semantic conventions for generative AI (gen_ai.server.* and gen_ai.client.*, in development in
/// 2026), with the bucket boundaries that these advise.
public struct OTLPExport: Sendable {
    public init() {}

    /// - Parameters:
    ///   - write: is given a line at a time.
    ///   - progress: is told how many positions of the log were looked at, of one run after another, and of how many.
    public func write(
        _ source: ExportSource, to write: ([UInt8]) throws -> Void, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> ExportSummary {
        var summary = ExportSummary()
        try source.runs { run in
            var scan = SampleScan(source.only(run))
            var histograms = RunHistograms()
            try scan.slices(progress) { slice in
                try scan.samples(of: slice) { histograms.add($0.sample) }
            }
            let line = try RowJSON.bytes(of: OTLPRequest(run, histograms)) + [UInt8(ascii: "\n")]
            try write(line)
            summary.rows += 1
            summary.bytes += UInt64(line.count)
        }
        return summary
    }
}

/// The message, as far as it is used (opentelemetry-proto, metrics/v1).
///
/// Numbers of 64 bits are strings, as protobuf's JSON form has them.
private struct OTLPRequest: Encodable {
    var resourceMetrics: [ResourceMetrics]

    struct ResourceMetrics: Encodable {
        var resource: Resource
        var scopeMetrics: [ScopeMetrics]
    }
    struct Resource: Encodable { var attributes: [Attribute] }
    struct ScopeMetrics: Encodable {
        var scope: Scope
        var metrics: [Metric]
    }
    struct Scope: Encodable {
        var name = "flperf"
        var version: String?
    }
    struct Metric: Encodable {
        var name: String
        var description: String
        var unit: String
        var histogram: Points
    }
    struct Points: Encodable {
        /// AGGREGATION_TEMPORALITY_CUMULATIVE: from the run's start on.
        var aggregationTemporality = 2
        var dataPoints: [Point]
    }
    struct Point: Encodable {
        var attributes: [Attribute]
        var startTimeUnixNano: String
        var timeUnixNano: String
        var count: String
        var sum: Double
        var bucketCounts: [String]
        var explicitBounds: [Double]
        var min: Double
        var max: Double
    }

    init(_ run: RunRow, _ histograms: RunHistograms) {
        let start = run.started_at ?? run.created_at
        let end = Swift.max(start, run.completed_at ?? start)
        let metrics = GenAIMetric.allCases.compactMap { metric -> Metric? in
            let points = histograms.points.filter { $0.key.metric == metric }.sorted { $0.key < $1.key }.map {
                key, value in
                Point(
                    attributes: Self.attributes(of: key, run), startTimeUnixNano: "\(start)000000",
                    timeUnixNano: "\(end)000000", count: "\(value.count)", sum: value.sum,
                    bucketCounts: value.buckets.map { "\($0)" }, explicitBounds: metric.bounds, min: value.min,
                    max: value.max)
            }
            guard !points.isEmpty else { return nil }
            return Metric(
                name: metric.rawValue, description: metric.text, unit: metric.unit,
                histogram: Points(dataPoints: points))
        }
        let resource = Resource(
            attributes: [
                .text("service.name", "flperf"), .text("service.version", run.software_version),
                .text("flperf.run.id", run.id), .text("flperf.suite.name", run.suite_name),
                .flag("flperf.simulated", run.simulated), .text("host.arch", run.hardware_info?.os.arch),
            ].compactMap(\.self))
        resourceMetrics = [
            ResourceMetrics(
                resource: resource,
                scopeMetrics: [ScopeMetrics(scope: Scope(version: run.software_version), metrics: metrics)])
        ]
    }

    private static func attributes(of key: RunHistograms.Key, _ run: RunRow) -> [Attribute] {
        let phase = run.phases.first { $0.model_id == key.model }
        let server = phase?.endpoint.flatMap { URLComponents(string: $0) }
        return [
            .text("gen_ai.operation.name", "chat"), .text("gen_ai.provider.name", phase?.backend),
            .text("gen_ai.request.model", phase?.model_name ?? key.model), .text("gen_ai.token.type", key.tokenType),
            .text("error.type", key.error), .text("server.address", server?.host),
            .integer("server.port", server?.port),
            .text("flperf.scenario", key.scenario),
            key.rateMillionths > 0
                ? .number("flperf.rate", Double(key.rateMillionths) / 1e6)
                : .integer("flperf.concurrency", Int(key.level)),
        ].compactMap(\.self)
    }

    struct Attribute: Encodable {
        var key: String
        var value: [String: Value]

        enum Value: Encodable {
            case text(String)
            case number(Double)
            case flag(Bool)

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .text(let text): try container.encode(text)
                case .number(let number): try container.encode(number)
                case .flag(let flag): try container.encode(flag)
                }
            }
        }

        static func text(_ key: String, _ text: String?) -> Attribute? {
            text.map { Attribute(key: key, value: ["stringValue": .text($0)]) }
        }

        static func integer(_ key: String, _ number: Int?) -> Attribute? {
            number.map { Attribute(key: key, value: ["intValue": .text("\($0)")]) }
        }

        static func number(_ key: String, _ number: Double) -> Attribute? {
            Attribute(key: key, value: ["doubleValue": .number(number)])
        }

        static func flag(_ key: String, _ flag: Bool) -> Attribute? {
            Attribute(key: key, value: ["boolValue": .flag(flag)])
        }
    }
}
