extension ChatEvent {
    /// Reads one line of Ollama's own protocol (`POST /api/chat`); throws when it is no JSON.
    ///
    /// The last line has `done`, why it ended, its counts of tokens, and its times in nanoseconds.
    init(ollama bytes: UnsafeBufferPointer<UInt8>) throws(JSONScanner.Fault) {
        var scanner = JSONScanner(bytes)
        var counts = TokenUsage()
        var times = ServerTimes()
        try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
            switch key {
            case "model": model = try scanner.text()
            case "message":
                isRecognised = true
                try readMessage(&scanner)
            case "done": isLast = try scanner.isTrue()
            case "done_reason": finishReason = try scanner.text()
            case "prompt_eval_count": counts.prompt = try scanner.count()
            case "eval_count": counts.completion = try scanner.count()
            case "total_duration": times.total = try scanner.count().map(Int64.init)
            case "load_duration": times.load = try scanner.count().map(Int64.init)
            case "prompt_eval_duration": times.prompt = try scanner.count().map(Int64.init)
            case "eval_duration": times.decode = try scanner.count().map(Int64.init)
            case "error": error = try scanner.errorMessage()
            default: try scanner.skip()
            }
        }
        try scanner.end()
        if finishReason?.isEmpty == true { finishReason = nil }
        if counts != TokenUsage() { usage = counts }
        if times != ServerTimes() { server = times }
        if error != nil || isLast { isRecognised = true }
    }

    private mutating func readMessage(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) {
        try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
            switch key {
            case "content": content = try scanner.text()
            case "thinking": reasoning = try scanner.text()
            default: try scanner.skip()
            }
        }
    }
}

extension JSONScanner {
    /// Passes over the next value; whether it was `true`.
    fileprivate mutating func isTrue() throws(Fault) -> Bool {
        let isTrue = try kind() == .bool && bytes[position] == UInt8(ascii: "t")
        try skip()
        return isTrue
    }
}
