extension ChatStream {
    /// Reads lines of Ollama's own protocol; an answer in one piece is one of them.
    mutating func readLines(_ outcome: StreamOutcome) {
        var parser = NDJSONParser()
        var read = 0
        outcome.body.withUnsafeBufferPointer { body in
            parser.receive(body) { line, end in
                while read + 1 < outcome.arrivals.count, outcome.arrivals[read].bytes.upperBound < end { read += 1 }
                if !take(line: line, completedBy: read) {
                    garbage = garbage ?? "line \(eventCount) of its stream is not JSON"
                }
            }
        }
        // A last line without its line break counts if it is whole; half of one is what a cut stream ends with.
        if let last = parser.finish(), !take(line: last, completedBy: outcome.arrivals.count - 1) { eventCount -= 1 }
        if parser.exceededLimit {
            garbage = "a line is longer than \(NDJSONParser.lineByteLimit) bytes, the limit for a line"
        } else if !isRecognised {
            garbage =
                outcome.isHTML
                ? "it is an HTML page" : outcome.body.isEmpty ? "it is empty" : "it is no answer of a chat"
        }
    }

    /// Takes one line, unless the one before it was the last; false when it is no JSON.
    private mutating func take(line: [UInt8], completedBy read: Int) -> Bool {
        guard !isEnded else { return true }
        eventCount += 1
        return line.withUnsafeBufferPointer { bytes in
            guard let event = try? ChatEvent(ollama: bytes) else { return false }
            take(event, completedBy: read)
            return true
        }
    }
}
