import ArgumentParser
import DataFolder

/// Which point of the log an answer is given as of.
struct PastOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Answer from the log up to this event's position or this time (RFC 3339, or back from now, as 24h).",
            valueName: "position|time")) var asOf: Point?

    struct Point: ExpressibleByArgument {
        var point: LogPoint

        init?(argument: String) {
            if let point = LogPoint(argument) {
                self.point = point
            } else if let moment = Moment(argument: argument) {
                point = .time(moment.nanoseconds)
            } else {
                return nil
            }
        }
    }
}

/// Rows, and the position of the last event that they know of.
struct Listing<Row: Encodable>: Encodable {
    var name: String
    var rows: [Row]
    var position: UInt64

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(rows, forKey: Key(stringValue: name))
        try container.encode(position, forKey: Key(stringValue: "position"))
    }
}
