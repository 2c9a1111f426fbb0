/// How an export writes events: one line each.
public enum LogFormat: String, Sendable, CaseIterable {
    /// CloudEvents 1.0.2 in JSON, from which `LogImport` makes the same log again.
    case cloudevents
    /// The lines of `flperf log show --json`.
    case ndjson
    /// A table for spreadsheets (RFC 4180).
    case csv
}
