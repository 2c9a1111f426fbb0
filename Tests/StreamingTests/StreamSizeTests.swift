import Testing

@testable import Streaming

/// A delta of that many bytes of text.
private func delta(ofBytes count: Int) -> String { Wire.delta(String(repeating: "a", count: count)) }

@Test func aLineOfTenMebibytesIsRead() async {
    let length = 10 << 20
    let server = ByteServer(doing: [.say(Wire.head() + delta(ofBytes: length) + Wire.delta("", finish: "stop"))])

    let completion = ChatCompletion(await outcome(of: request(server.url, limit: 16 << 20)))

    #expect(completion.failure == nil && completion.text.utf8.count == length && completion.chunks.count == 1)
}

@Test func aLineBeyondTheLimitIsAFaultAndTheOtherEventsAreKept() {
    let long = delta(ofBytes: ServerSentEventParser.lineByteLimit)
    let body = Array((Wire.delta("a") + long + Wire.delta("b", finish: "stop")).utf8)

    for cut in [body.count, 1 << 20] {
        let arrivals = stride(from: 0, to: body.count, by: cut).map {
            StreamArrival(at: Int64($0), bytes: $0..<min(body.count, $0 + cut))
        }
        let completion = ChatCompletion(
            StreamOutcome(
                status: 200, contentType: nil, framing: .serverSentEvents, body: body, arrivals: arrivals))

        #expect(completion.failure?.kind == .protocol && completion.text == "ab")
        #expect(completion.failure?.sentence.contains("a line is longer than 16777216 bytes") == true)
    }
}

@Test(arguments: ["data: ", ": ", ""])
func aLineBeyondTheLimitIsDroppedWholeHoweverItIsCut(_ field: String) {
    let limit = ServerSentEventParser.lineByteLimit
    let line = Array(field.utf8) + [UInt8](repeating: 97, count: limit + 1)
    let stream = Array("data: a\n\ndata: lost\n".utf8) + line + Array("\ndata: lost\n\ndata: b\n\n".utf8)

    for cut in [stream.count, 5 << 20] {
        var parser = ServerSentEventParser()
        let events = stride(from: 0, to: stream.count, by: cut).flatMap {
            parser.receive(stream[$0..<min(stream.count, $0 + cut)])
        }

        #expect(events.map(\.data) == [Array("a".utf8), Array("b".utf8)])
        #expect(parser.exceededLimit && parser.finish() == nil)
    }
}

@Test func aLineOfJSONBeyondTheLimitIsDroppedWhole() {
    let stream = Array("{}\n".utf8) + [UInt8](repeating: 97, count: NDJSONParser.lineByteLimit + 1) + Array("\n[]".utf8)

    for cut in [stream.count, 5 << 20] {
        var parser = NDJSONParser()
        let lines = stride(from: 0, to: stream.count, by: cut).flatMap {
            parser.receive(stream[$0..<min(stream.count, $0 + cut)])
        }

        #expect(lines == [Array("{}".utf8)] && parser.finish() == Array("[]".utf8) && parser.exceededLimit)
    }
}

// Looking to the end of the stream for a line feed, for each of its lines, took 14 s at 2 MiB and four times as long at 4.
@Test(.timeLimit(.minutes(1)))
func linesThatEndWithReturnsTakeNoLongerThanOthers() {
    let stream = [UInt8](repeating: 13, count: 6 << 20) + Array("data: a\r\r".utf8)
    var parser = ServerSentEventParser()

    #expect(parser.receive(stream).map(\.data) == [Array("a".utf8)])
}

@Test func aMillionTinyChunksAreOneAnswer() async {
    // A byte each, as a server sends that flushes after every byte.
    let body = String(repeating: Wire.delta("a"), count: 1_000_000 / Wire.delta("a").utf8.count)
    let server = ByteServer { connection in
        connection.readRequest()
        var bytes = Array(Wire.chunked().utf8)
        for byte in body.utf8 { bytes += [49, 13, 10, byte, 13, 10] }
        connection.write(bytes)
        connection.write(Wire.frame(Wire.delta("", finish: "stop")) + "0\r\n\r\n")
    }

    let outcome = await outcome(of: request(server.url, limit: 2 << 20))

    let completion = ChatCompletion(outcome)
    #expect(completion.failure == nil && completion.chunks.count == 1_000_000 / Wire.delta("a").utf8.count)
    #expect(completion.chunks.map(\.at) == completion.chunks.map(\.at).sorted())
}
