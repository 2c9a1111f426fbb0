import Streaming

extension ChatRequest {
    /// The body of `/v1/chat/completions`: keys in order, so that equal requests are equal bytes.
    ///
    /// Written by hand: what is verbatim must go out byte for byte, and a run makes a body for every request.
    public func body(for model: String) -> [UInt8] {
        var body = JSONWriter()
        body.write("{")
        if let maxTokens { body.write(#""max_tokens":\#(maxTokens),"#) }
        body.write(#""messages":"#)
        writeMessages(to: &body)
        body.write(#","model":"#)
        body.write(quoted: model)
        if let seed { body.write(#","seed":\#(seed)"#) }
        body.write(#","stream":\#(streaming)"#)
        if streaming, includeUsage { body.write(#","stream_options":{"include_usage":true}"#) }
        if let temperature {
            body.write(#","temperature":"#)
            body.write(Int(exactly: temperature).map { "\($0)" } ?? "\(temperature)")
        }
        if let verbatimTools {
            body.write(#","tools":"#)
            body.write(verbatimTools)
        }
        body.write("}")
        return body.bytes
    }

    private func writeMessages(to body: inout JSONWriter) {
        if let verbatimMessages { return body.write(verbatimMessages, salt: salt) }
        body.write("[")
        for (index, message) in messages.enumerated() {
            body.write(index == 0 ? #"{"content":"# : #",{"content":"#)
            body.write(quoted: (index == 0 ? salt : "") + message.content)
            body.write(#","role":"\#(message.role.rawValue)"}"#)
        }
        body.write("]")
    }
}

/// A JSON document under construction.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    /// Adds what is JSON already.
    mutating func write(_ json: String) { bytes.append(contentsOf: json.utf8) }

    /// Adds a string (RFC 8259, section 7): only what must be escaped is.
    mutating func write(quoted text: String) {
        bytes.append(UInt8(ascii: "\""))
        writeInside(text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Adds messages whose first one begins with `salt`.
    mutating func write(_ messages: VerbatimMessages, salt: String) {
        guard !salt.isEmpty else { return write(messages.json) }
        let json = messages.json.utf8
        switch messages.opening {
        case .text(let index):
            bytes.append(contentsOf: json.prefix(index))
            writeInside(salt)
            bytes.append(contentsOf: json.dropFirst(index))
        case .parts(let index):
            bytes.append(contentsOf: json.prefix(index))
            write(#"{"text":"#)
            write(quoted: salt)
            write(#","type":"text"},"#)
            bytes.append(contentsOf: json.dropFirst(index))
        }
    }

    private mutating func writeInside(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            bytes.reserveCapacity(bytes.count + utf8.count + 64)
            // What needs no escape is copied in one piece.
            var start = 0
            for (index, byte) in utf8.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                bytes.append(contentsOf: utf8[start..<index])
                writeEscape(byte)
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
    }

    private mutating func writeEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): write(#"\""#)
        case UInt8(ascii: "\\"): write(#"\\"#)
        case UInt8(ascii: "\n"): write(#"\n"#)
        case UInt8(ascii: "\r"): write(#"\r"#)
        case UInt8(ascii: "\t"): write(#"\t"#)
        default: write((byte < 0x10 ? #"\u000"# : #"\u00"#) + String(byte, radix: 16))
        }
    }
}
