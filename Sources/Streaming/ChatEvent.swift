import Foundation

/// The few fields of one OpenAI-style message that a measurement needs: of a stream's chunk, or of a whole answer.
///
/// Texts point into the document and are valid only inside the closure that lent it.
struct ChatEvent {
    /// The text of the first choice; nil when it has none, empty when the server sent an empty one.
    var content: JSONText?
    /// The same for the text of the model's reasoning.
    var reasoning: JSONText?
    /// Names and arguments of the tools that the model calls, or the pieces of them that this chunk brings.
    var toolCalls: [JSONText] = []
    var finishReason: JSONText?
    var model: JSONText?
    var usage: TokenUsage?
    var server: ServerTimes?
    /// What the server reported instead of an answer.
    var error: String?
    /// Whether the chunk carries the keys that only Foundry Local's first generation sends.
    var isLegacyFoundry = false
    /// Whether the server says that the answer ends with it: Ollama's `done`.
    var isLast = false
    /// Whether there is anything in it that belongs to this protocol.
    var isRecognised = false

    /// Reads a document; throws when it is no JSON.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONScanner.Fault) {
        var scanner = JSONScanner(bytes)
        guard try scanner.kind() == .object else {
            try scanner.skip()
            try scanner.end()
            return
        }
        var message: JSONText?
        var saysError = false
        try scanner.object { (scanner, key) throws(JSONScanner.Fault) in
            switch key {
            case "choices":
                isRecognised = true
                try scanner.elements { (scanner, index) throws(JSONScanner.Fault) in
                    if index == 0 { try readChoice(&scanner) } else { try scanner.skip() }
                }
            case "model": model = try scanner.text()
            case "usage": usage = try TokenUsage(&scanner)
            case "timings": server = try ServerTimes(&scanner)
            case "error": error = try scanner.errorMessage()
            case "message": message = try scanner.text()
            case "object": saysError = try scanner.text().map { $0 == "error" } ?? false
            case "IsDelta", "Successful", "HttpStatusCode":
                isLegacyFoundry = true
                try scanner.skip()
            default: try scanner.skip()
            }
        }
        try scanner.end()
        if error == nil, saysError { error = message?.string ?? "no reason given" }
        if error != nil || usage != nil { isRecognised = true }
    }

    private mutating func readChoice(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) {
        // Foundry Local's first generation sends `message` beside `delta`, with the same text.
        var hasDelta = false
        try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
            switch key {
            case "delta":
                if try scanner.kind() == .object {
                    hasDelta = true
                    (content, reasoning, toolCalls) = (nil, nil, [])
                }
                try readText(&scanner)
            case "message" where !hasDelta: try readText(&scanner)
            case "text" where !hasDelta: content = try scanner.text()
            case "finish_reason": finishReason = try scanner.text()
            default: try scanner.skip()
            }
        }
        if finishReason?.isEmpty == true { finishReason = nil }
    }

    private mutating func readText(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) {
        // vLLM sends its reasoning under the old and the new name at once.
        var newName: JSONText?
        try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
            switch key {
            case "content": content = try scanner.text()
            case "reasoning_content": reasoning = try scanner.text()
            case "reasoning": newName = try scanner.text()
            case "tool_calls":
                try scanner.elements { (scanner, _) throws(JSONScanner.Fault) in try readToolCall(&scanner) }
            default: try scanner.skip()
            }
        }
        if reasoning?.isEmpty ?? true { reasoning = newName ?? reasoning }
    }

    private mutating func readToolCall(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) {
        try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
            guard key == "function" else { return try scanner.skip() }
            try scanner.members { (scanner, key) throws(JSONScanner.Fault) in
                let text = try scanner.text()
                if key == "name" || key == "arguments", let text, !text.isEmpty { toolCalls.append(text) }
            }
        }
    }
}

extension JSONScanner {
    /// The next value if it is a string; else nil, and it is passed over.
    mutating func text() throws(Fault) -> JSONText? {
        if try kind() == .string { return try string() }
        try skip()
        return nil
    }

    /// Walks the next value if it is an object; else passes over it.
    mutating func members(_ body: (inout JSONScanner, JSONText) throws(Fault) -> Void) throws(Fault) {
        if try kind() == .object { try object(body) } else { try skip() }
    }

    /// Walks the next value if it is an array; else passes over it.
    mutating func elements(_ body: (inout JSONScanner, Int) throws(Fault) -> Void) throws(Fault) {
        if try kind() == .array { try array(body) } else { try skip() }
    }

    /// The next value as a finite number; nil when it is none, and it is passed over.
    mutating func double() throws(Fault) -> Double? {
        guard try kind() == .number else {
            try skip()
            return nil
        }
        guard let value = Double(String(decoding: try number(), as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// The next value as a count; nil when it is no whole number from 0 on, and it is passed over.
    mutating func count() throws(Fault) -> Int? {
        guard let value = try double(), value >= 0, value <= 9e15, value == value.rounded() else { return nil }
        return Int(value)
    }

    /// The message of an `error` member: its text, its `message`, or what it holds; nil when it is null or false.
    mutating func errorMessage() throws(Fault) -> String? {
        let start = position
        switch try kind() {
        case .null: try skip()
        case .string: return try string().string
        case .object:
            var message: String?
            try object { (scanner, key) throws(Fault) in
                if key == "message" { message = try scanner.text()?.string } else { try scanner.skip() }
            }
            return message ?? String(decoding: bytes[start..<position], as: UTF8.self)
        default:
            try skip()
            let text = String(decoding: bytes[start..<position], as: UTF8.self).trimmingCharacters(in: .whitespaces)
            return text == "false" ? nil : text
        }
        return nil
    }
}
