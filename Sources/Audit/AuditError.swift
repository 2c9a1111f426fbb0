import EventStore

/// Why an export or its way back could not go on.
public enum AuditError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The event can't be put in words.
    case unreadableEvent(Position, reason: String)
    /// The event's stored bytes hold a text that was to be left out.
    case textInside(Position, type: String)
    /// The file can't be written or read.
    case file(String, verb: String, reason: String)
    /// A line of the file is not what an export has there.
    case badLine(String, line: Int, reason: String)
    /// The file is no whole export.
    case incomplete(String, missing: String)
    /// The log and the file say different things at a position.
    case otherLog(String, Position, inLog: String, inFile: String)

    public var description: String {
        switch self {
        case .unreadableEvent(let position, let reason):
            "Could not export event \(position): \(reason)"
        case .textInside(let position, let type):
            "Could not export event \(position) without its text: a \(type) of this schema version holds it within, where it "
                + "is part of what the log's tree covers. Export with texts, or leave this event out with --from, --to or --type."
        case .file(let path, let verb, let reason):
            "Could not \(verb) \(path): \(reason)."
        case .badLine(let path, let line, let reason):
            "Could not import \(path), line \(line): \(reason). Nothing of this line and those after it was imported."
        case .incomplete(let path, let missing):
            "Could not import \(path): \(missing). Only a whole log can be imported: export it with `flperf log export "
                + "--format cloudevents` and no filter."
        case .otherLog(let path, let position, let inLog, let inFile):
            "Could not import \(path): event \(position) is another one in this log (leaf hash \(inLog), in the file \(inFile)). "
                + "Import into an empty data folder: choose one with --data."
        }
    }
}
