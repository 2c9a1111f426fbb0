/// Interprets the bytes of one OpenAI-style answer: bytes in, values out, no clock and no socket.
struct ChatStream {
    private var chunks: [ContentChunk] = []
    private var arrivals: [StreamArrival] = []
    private var content = TextAssembler()
    private var reasoning = TextAssembler()
    private var toolCalls = TextAssembler()
    private var finishReason: String?
    private var usage: TokenUsage?
    private var server: ServerTimes?
    private var model: String?
    private var sawDone = false
    var eventCount = 0
    private var isLegacyFoundry = false
    var isRecognised = false
    /// Whether the last event said that it was the last.
    private(set) var isEnded = false
    private var isWhole = false
    private var error: String?
    var garbage: String?

    /// Reads all of a body.
    mutating func read(_ outcome: StreamOutcome) {
        if case .http = outcome.failure?.kind { return }
        guard outcome.status != nil else { return }
        chunks.reserveCapacity(outcome.arrivals.count)
        arrivals = outcome.arrivals
        let isJSON = outcome.contentType?.lowercased().contains("json") ?? false
        if outcome.framing == .ndjson {
            readLines(outcome)
        } else if outcome.framing == .whole || isJSON {
            readWhole(outcome)
        } else {
            readEvents(outcome)
            // A whole answer under another content type.
            if eventCount == 0, outcome.body.first(where: { $0 > 32 }) == UInt8(ascii: "{") { readWhole(outcome) }
        }
        content.finish()
        reasoning.finish()
        toolCalls.finish()
    }

    /// What it comes to.
    func completion(of outcome: StreamOutcome) -> ChatCompletion {
        var completion = ChatCompletion()
        completion.chunks = chunks
        completion.text = content.string
        completion.reasoning = reasoning.string
        completion.toolCalls = toolCalls.string
        completion.finishReason = finishReason
        completion.usage = usage
        if let cached = server?.cachedTokens, usage?.cached == nil {
            completion.usage = usage ?? TokenUsage()
            completion.usage?.cached = cached
        }
        completion.server = server
        completion.model = model
        completion.sawDone = sawDone
        completion.eventCount = eventCount
        completion.failure = failure(of: outcome)
        return completion
    }

    private mutating func readEvents(_ outcome: StreamOutcome) {
        var parser = ServerSentEventParser()
        var read = 0
        outcome.body.withUnsafeBufferPointer { body in
            parser.receive(body) { data, name, _, end in
                while read + 1 < arrivals.count, arrivals[read].bytes.upperBound < end { read += 1 }
                take(data, isError: name.elementsEqual("error".utf8), completedBy: read)
            }
        }
        // A last event without its blank line counts if it is whole; half of one is what a cut stream ends with.
        if let last = parser.finish(), outcome.failure == nil {
            last.data.withUnsafeBufferPointer { data in
                if data.elementsEqual("[DONE]".utf8) || (try? ChatEvent(data)) != nil {
                    take(data, isError: last.name == "error", completedBy: arrivals.count - 1)
                }
            }
        }
        if parser.exceededLimit {
            garbage = "a line is longer than \(ServerSentEventParser.lineByteLimit) bytes, the limit for a line"
        } else if eventCount == 0, parser.unknownLineCount > 0 {
            garbage = outcome.isHTML ? "it sent an HTML page" : "it sent no event"
        }
    }

    private mutating func take(_ data: UnsafeBufferPointer<UInt8>, isError: Bool, completedBy read: Int) {
        guard !sawDone else { return }
        eventCount += 1
        if data.elementsEqual("[DONE]".utf8) {
            sawDone = true
            return
        }
        do {
            let event = try ChatEvent(data)
            take(event, completedBy: read)
            if isError, error == nil { error = String(decoding: data, as: UTF8.self) }
        } catch {
            if isError {
                self.error = self.error ?? String(decoding: data, as: UTF8.self)
            } else {
                garbage =
                    garbage ?? "event \(eventCount) of its stream is not JSON (at byte \(error.position) of the event)"
            }
        }
    }

    /// - Parameter read: which arrival completed it; of a body without any, which is none that came over a wire, no chunk is kept.
    mutating func take(_ event: ChatEvent, completedBy read: Int) {
        let before = textBytes
        var hasText = false
        if let text = event.content, !text.isEmpty {
            content.append(text)
            hasText = true
        }
        if let text = event.reasoning, !text.isEmpty {
            reasoning.append(text)
            hasText = true
        }
        for text in event.toolCalls {
            toolCalls.append(text)
            hasText = true
        }
        if hasText, arrivals.indices.contains(read) {
            chunks.append(ContentChunk(at: arrivals[read].at, bytes: textBytes - before, read: read))
        }
        if let reason = event.finishReason { finishReason = reason.string }
        if let counts = event.usage { usage = counts }
        if let times = event.server { server = times }
        if model == nil, let name = event.model, !name.isEmpty { model = name.string }
        if let message = event.error { error = error ?? message }
        if event.isLegacyFoundry { isLegacyFoundry = true }
        if event.isRecognised { isRecognised = true }
        if event.isLast { isEnded = true }
    }

    private var textBytes: Int { content.utf8.count + reasoning.utf8.count + toolCalls.utf8.count }

    private mutating func readWhole(_ outcome: StreamOutcome) {
        isWhole = true
        garbage = nil
        outcome.body.withUnsafeBufferPointer { body in
            do {
                take(try ChatEvent(body), completedBy: arrivals.count - 1)
                if !isRecognised { garbage = "its JSON is no chat completion" }
            } catch {
                garbage = body.isEmpty ? "it is empty" : outcome.isHTML ? "it is an HTML page" : "it is not JSON"
            }
        }
    }

    private func failure(of outcome: StreamOutcome) -> StreamFailure? {
        let cut = outcome.failure?.kind == .truncated
        if let failure = outcome.failure, !cut { return failure }
        if let error {
            return StreamFailure(
                .streamError, "\(outcome.address) reported an error: \(outcome.redaction.clean(error))")
        }
        if isFinished { return nil }
        if cut { return outcome.failure }
        if let garbage {
            return StreamFailure(.protocol, "Could not read the answer of \(outcome.address): \(garbage).")
        }
        if isWhole { return nil }
        let ending =
            outcome.framing == .ndjson
            ? "no line of it says that it is done"
            : sawDone ? "[DONE] came without a finish_reason" : "it ended with neither a finish_reason nor [DONE]"
        return StreamFailure(
            .truncated, "The stream of \(outcome.address) was cut after \(eventCount) events: \(ending).")
    }

    /// Whether the server said that the answer is complete. `[DONE]` alone does not say it: llama-cpp-python ends a stream
    /// with it when another request pushes it aside. Foundry Local's first generation sends nothing else.
    private var isFinished: Bool {
        garbage == nil && (isWhole ? isRecognised : finishReason != nil || isEnded || (sawDone && isLegacyFoundry))
    }
}

extension ChatStream {
    /// Whether a stream of events holds any non-empty content or reasoning text so far.
    static func hasContent(inEvents body: [UInt8]) -> Bool {
        var parser = ServerSentEventParser()
        var found = false
        body.withUnsafeBufferPointer { body in
            parser.receive(body) { data, _, _, _ in
                guard !found, let event = try? ChatEvent(data) else { return }
                found =
                    !(event.content?.isEmpty ?? true) || !(event.reasoning?.isEmpty ?? true)
                    || !event.toolCalls.isEmpty
            }
        }
        return found
    }

    /// Whether lines of JSON hold any non-empty text so far: Ollama's `message.content`, `message.thinking` or `response`.
    static func hasContent(inLines body: [UInt8]) -> Bool {
        var parser = NDJSONParser()
        var found = false
        body.withUnsafeBufferPointer { body in
            parser.receive(body) { line, _ in
                if !found { found = line.withUnsafeBufferPointer(lineHasText) }
            }
        }
        return found
    }

    private static func lineHasText(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = JSONScanner(line)
        var found = false
        try? scanner.members { (scanner, key) throws(JSONScanner.Fault) in
            switch key {
            case "response": found = try scanner.text().map { !$0.isEmpty } ?? false || found
            case "message":
                try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
                    let text = try scanner.text()
                    if key == "content" || key == "thinking" { found = found || !(text?.isEmpty ?? true) }
                }
            default: try scanner.skip()
            }
        }
        return found
    }
}
