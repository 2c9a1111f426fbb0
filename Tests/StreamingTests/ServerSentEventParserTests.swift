import Testing

@testable import Streaming

private func texts(_ stream: String, inPiecesOf size: Int? = nil) -> [String] {
    let bytes = Array(stream.utf8)
    var parser = ServerSentEventParser()
    var events: [ServerSentEvent] = []
    for start in stride(from: 0, to: bytes.count, by: size ?? max(1, bytes.count)) {
        events += parser.receive(bytes[start..<min(bytes.count, start + (size ?? bytes.count))])
    }
    return (events + [parser.finish()].compactMap { $0 }).map { event in
        [event.name, event.id, String(decoding: event.data, as: UTF8.self)].compactMap { $0 }.joined(separator: "|")
    }
}

/// A stream and its events as `name|id|data`, the id only where one was seen.
private let streams: [(String, [String])] = [
    ("data: a\n\n", ["|a"]),
    ("data: a\r\n\r\ndata: b\r\n\r\n", ["|a", "|b"]),
    ("data: a\r\rdata: b\r\r", ["|a", "|b"]),
    ("data: a\r\n\rdata: b\n\r\n", ["|a", "|b"]),
    ("\u{FEFF}data: a\n\n", ["|a"]),
    (": keep-alive\n\ndata: a\n: between\n\n:\n\n", ["|a"]),
    ("data: a\ndata: b\ndata\ndata: c\n\n", ["|a\nb\n\nc"]),
    ("data:a\n\ndata:  b\n\ndata\n\n", ["|a", "| b", "|"]),
    ("event: ping\ndata: a\n\ndata: b\n\n", ["ping|a", "|b"]),
    ("event: ping\n\ndata: b\n\n", ["|b"]),
    ("id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", ["|7|a", "|7|b", "||c"]),
    ("retry: 10\nunknown: x\ndatax: y\ndata: a\n\n", ["|a"]),
    ("\n\n\ndata: a\n\n\n\n", ["|a"]),
    ("data: a\n\ndata: cut", ["|a", "|cut"]),
    ("data: a\n", ["|a"]),
    ("", []),
    ("data: {\"t\":\"é😀\"}\n\n", ["|{\"t\":\"é😀\"}"]),
]

@Test(arguments: streams)
func eventsComeOutHoweverTheStreamIsCut(_ stream: String, _ events: [String]) {
    #expect(texts(stream) == events)
    for size in 1...7 { #expect(texts(stream, inPiecesOf: size) == events, "in pieces of \(size)") }
}

@Test func anEventEndsWhereItsBlankLineEnds() {
    let bytes = Array("data: a\n\ndata: b\r\n\r\n".utf8)
    var parser = ServerSentEventParser()
    var ends: [Int] = []

    bytes.withUnsafeBufferPointer { parser.receive($0) { _, _, _, end in ends.append(end) } }

    // A CR alone ends a line; the LF after it belongs to nothing.
    #expect(ends == [9, bytes.count - 1])
}

@Test func garbageIsCountedAndAnEndlessLineIsDropped() {
    var parser = ServerSentEventParser()

    _ = parser.receive("<html>\n<body>\n".utf8)
    #expect(parser.unknownLineCount == 2 && !parser.exceededLimit)

    let megabyte = [UInt8](repeating: 97, count: 1 << 20)
    for _ in 0...(ServerSentEventParser.lineByteLimit >> 20) { #expect(parser.receive(megabyte).isEmpty) }
    #expect(parser.exceededLimit)
}

@Test func linesOfJSONComeOutHoweverTheyAreCut() {
    let bytes = Array("{\"a\":1}\n\r\n  \n{\"b\":2}\r\n{\"c\":3}".utf8)
    for size in 1...bytes.count {
        var parser = NDJSONParser()
        var lines: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            lines += parser.receive(bytes[start..<min(bytes.count, start + size)])
        }
        lines += [parser.finish()].compactMap { $0 }

        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"])
    }
}
