import Foundation

/// The tables that can be exported.
public enum ExportedTable: String, Sendable, CaseIterable {
    case models, runs, results, samples, logs
}

/// What an export wrote.
public struct ExportSummary: Sendable, Equatable {
    public var rows: UInt64 = 0
    public var bytes: UInt64 = 0
}

/// Writes tables as CSV, NDJSON or JSON, in constant memory and beside whoever writes the log.
public struct TextExport: Sendable {
    private let format: TextFormat
    private let tables: [ExportedTable]

    /// - Parameter tables: one, unless it is `json`.
    public init(_ format: TextFormat, of tables: [ExportedTable]) {
        (self.format, self.tables) = (format, tables)
    }

    /// - Parameters:
    ///   - write: is given the text in pieces, while no snapshot is held.
    ///   - progress: is told how many positions of the log were looked at for samples, and of how many.
    /// - Throws: `CancellationError` when the task is cancelled, and what log, tables and `write` throw.
    public func write(
        _ source: ExportSource, at date: Date = Date(), to write: @escaping ([UInt8]) throws -> Void,
        progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> ExportSummary {
        var sink = TextSink(format, write: write)
        for table in tables {
            switch table {
            case .models: try add(.models, to: &sink) { body in try source.models(body) }
            case .runs: try add(.runs, to: &sink) { body in try source.runs(body) }
            case .results: try add(.results, to: &sink) { body in try source.results(body) }
            case .logs: try add(.logs, to: &sink) { body in try source.logs(body) }
            case .samples: try addSamples(source, to: &sink, progress)
            }
        }
        try sink.finish([("exported_at", "\"\(date.formatted(.iso8601))\""), ("position", "\(source.position)")])
        return ExportSummary(rows: sink.rows, bytes: sink.bytes)
    }

    /// Text that is gathered before it is given on.
    private static let flushSize = 256 << 10

    private func add<Row>(
        _ table: ExportTable<Row>, to sink: inout TextSink, _ rows: ((Row) throws -> Void) throws -> Void
    ) throws {
        sink.begin(table)
        try rows { row in
            try Task.checkCancellation()
            try sink.append(row, of: table)
            if sink.gathered >= Self.flushSize { try sink.flush() }
        }
        sink.end()
        try sink.flush()
    }

    private func addSamples(
        _ source: ExportSource, to sink: inout TextSink, _ progress: (UInt64, UInt64) -> Void
    ) throws {
        var scan = SampleScan(source)
        let table = ExportTable.samples(of: source)
        // Of an export that goes on the heading is there.
        if source.after == 0 { sink.begin(table) } else { sink.goOn(table) }
        try scan.slices(progress) { slice in
            try scan.samples(of: slice) { try sink.append($0, of: table) }
            try sink.flush()
        }
        sink.end()
    }
}
