import Foundation
import Streaming

/// What a stream of events comes to, read slowly and in the words of the standard: WHATWG HTML, section 9.2.6.
///
/// The whole stream is there before the first line is looked at, so nothing can depend on how it was cut. One thing is not the
/// standard's: it drops an event that the stream's end cuts off, the parser hands it out, so it stands in `cutOff` here.
struct StandardEvents {
    var events: [ServerSentEvent] = []
    var cutOff: ServerSentEvent?

    private var data: [UInt8] = []
    private var type: [UInt8] = []
    private var lastID: [UInt8]?

    init(_ stream: [UInt8]) {
        // "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
        let (lines, rest) = Self.lines(of: stream.starts(with: [0xEF, 0xBB, 0xBF]) ? stream.dropFirst(3) : stream[...])
        for line in lines { line.isEmpty ? dispatch() : process(line) }
        if !rest.isEmpty { process(rest) }
        if !data.isEmpty { cutOff = event }
    }

    /// "Lines must be separated by either a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single U+000A LINE
    /// FEED (LF) character, or a single U+000D CARRIAGE RETURN (CR) character." `rest` is what no line break follows.
    static func lines(of stream: ArraySlice<UInt8>) -> (lines: [[UInt8]], rest: [UInt8]) {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var previous: UInt8?
        for byte in stream {
            if byte == 13 || (byte == 10 && previous != 13) {
                lines.append(line)
                line = []
            } else if byte != 10 {
                line.append(byte)
            }
            previous = byte
        }
        return (lines, line)
    }

    private mutating func process(_ line: [UInt8]) {
        guard let colon = line.firstIndex(of: 58) else { return process(line, "") }
        // "If the line starts with a U+003A COLON character (:): Ignore the line."
        if colon == 0 { return }
        var value = line[(colon + 1)...]
        if value.first == 32 { value = value.dropFirst() }
        process(Array(line[..<colon]), value)
    }

    private mutating func process(_ field: [UInt8], _ value: some Sequence<UInt8>) {
        switch field {
        case Array("event".utf8): type = Array(value)
        case Array("data".utf8): data += Array(value) + [10]
        case Array("id".utf8): if !value.contains(0) { lastID = Array(value) }
        default: break
        }
    }

    private mutating func process(_ field: [UInt8], _ value: String) { process(field, value.utf8) }

    /// "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and return."
    private mutating func dispatch() {
        if !data.isEmpty { events.append(event) }
        data = []
        type = []
    }

    /// "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last character."
    private var event: ServerSentEvent {
        ServerSentEvent(
            name: String(decoding: type, as: UTF8.self), id: lastID.map { String(decoding: $0, as: UTF8.self) },
            data: data.dropLast())
    }
}

/// The lines of newline-delimited JSON, read slowly: divided by LF, a CR before it left out, blank ones left out.
func standardLines(_ stream: [UInt8]) -> [[UInt8]] {
    stream.split(separator: 10).map { $0.last == 13 ? Array($0.dropLast()) : Array($0) }
        .filter { !$0.allSatisfy { $0 == 32 || $0 == 9 } }
}

/// What Foundation reads of a chat document; nil when it refuses it.
struct FoundationsReading {
    /// The text, as far as it is one of the first choice's; nil when its place is not clear.
    var text: String?
    var finishReason: String?
    var model: String?

    init?(_ document: [UInt8]) {
        guard let any = try? JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed) else {
            return nil
        }
        guard let object = any as? [String: Any] else { return }
        model = object["model"] as? String
        let choice = (object["choices"] as? [Any])?.first as? [String: Any] ?? [:]
        finishReason = choice["finish_reason"] as? String
        if finishReason == "" { finishReason = nil }
        let places = ["delta", "message", "text"].filter { choice[$0] != nil }
        guard places.count < 2 else { return }
        text = (choice["delta"] ?? choice["message"]).map { ($0 as? [String: Any])?["content"] as? String ?? "" }
        text = text ?? choice["text"] as? String ?? ""
    }
}

/// Where Foundation goes its own way, seen on Linux with Swift 6.3.
enum FoundationDiffers {
    /// It refuses broken UTF-8 and halves of a character, which servers were seen to send, and numbers beyond a double.
    static func mayRefuse(_ document: [UInt8]) -> Bool {
        let text = String(decoding: document, as: UTF8.self)
        return Array(text.utf8) != document || text.contains(#/\\u[dD]|[eE][+-]?[0-9]{3}/#) || mayGuess(document)
    }

    /// It takes a comma before a closing bracket, and nests deeper.
    static func mayAccept(_ document: [UInt8]) -> Bool {
        let text = String(decoding: document, as: UTF8.self)
        return text.contains(#/,\s*[}\]]/#) || document.count(where: { $0 == 123 || $0 == 91 }) > 128
            || mayGuess(document)
    }

    /// It guesses another encoding from a NUL byte or a byte order mark; RFC 8259, section 8.1, knows UTF-8 alone.
    private static func mayGuess(_ document: [UInt8]) -> Bool {
        document.contains(0) || document.starts(with: [0xEF, 0xBB]) || document.starts(with: [0xFF])
            || document.starts(with: [0xFE])
    }
}
