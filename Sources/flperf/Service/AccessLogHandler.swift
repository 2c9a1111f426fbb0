import ArgumentParser
import Foundation
import Logging

/// How the access log is written.
enum AccessLogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// Writes the access log: a line for each request on standard error.
struct AccessLogHandler: LogHandler {
    var format: AccessLogFormat
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    static func logger(_ format: AccessLogFormat) -> Logger {
        Logger(label: "flperf.access") { _ in AccessLogHandler(format: format) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: Logging.LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        fields["time"] = Date().formatted(.iso8601.time(includingFractionalSeconds: true))
        let line = format == .json ? Self.json(fields) : Self.text(fields)
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    /// One object, the same members in every line.
    static func json(_ fields: [String: String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// `time method path status duration bytes id`. Whoever asks chooses the path: what is no plain character is written as `?`.
    static func text(_ fields: [String: String]) -> String {
        let parts = ["time", "method", "path", "status", "duration_ms", "bytes", "request_id"].map { fields[$0] ?? "-" }
        let line = parts.joined(separator: " ")
        return String(String.UnicodeScalarView(line.unicodeScalars.map { (0x20..<0x7f).contains($0.value) ? $0 : "?" }))
    }
}

/// How many files and connections this process may have open.
enum FileLimit {
    /// Raises it as far as the system lets; what it is already stays.
    static func raise(to wanted: UInt) {
        var limit = rlimit()
        #if os(Linux)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
        setrlimit(resource, &limit)
    }
}
