extension EventLog {
    /// The position of the last event that had been recorded by that moment; 0 when the first came later.
    ///
    /// Where the host's clock was set back in between, it is one of those positions whose next event came later.
    /// - Parameter moment: ns since the epoch, UTC.
    public func lastPosition(by moment: Int64) throws -> Position {
        var (least, most) = (Position(0), try lastPosition())
        while least < most {
            let middle = most - (most - least) / 2
            if try recordedAt(middle) ?? .max <= moment { least = middle } else { most = middle - 1 }
        }
        return least
    }

    /// When an event was recorded: ns since the epoch, UTC; nil when the log does not go so far.
    public func recordedAt(_ position: Position) throws -> Int64? {
        var moment: Int64?
        try scan(from: position, through: position, checksums: false) { raw in
            moment = raw.recordedAt
            return false
        }
        return moment
    }
}
