import Foundation
import Testing

@testable import Streaming

/// What a server does on the wire, and what comes of it: the class, a part of the sentence, and the text that was kept.
struct WireFault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var steps: [Step]
    /// Nil where it is no fault, however it looks.
    var kind: StreamFailure.Kind?
    var says: String
    var kept: String
    var firstToken: Duration?

    init(
        _ name: String, _ steps: [Step], _ kind: StreamFailure.Kind?, _ says: String = "", kept: String = "",
        firstToken: Duration? = nil
    ) {
        (testDescription, self.steps, self.kind, self.says) = (name, steps, kind, says)
        (self.kept, self.firstToken) = (kept, firstToken)
    }

    private static let end = Wire.delta("", finish: "stop") + "data: [DONE]\n\n"
    private static let part = Wire.chunked() + Wire.frame(Wire.delta("part"))
    private static let rest = Wire.frame(end) + "0\r\n\r\n"

    static let beforeTheHeaders = [
        WireFault(
            "a reset instead of an answer", [.reset], .truncated, "without an answer: Recv failure: Connection reset"),
        WireFault(
            "headers, then a reset in the middle of a line", [.say("HTTP/1.1 200 OK\r\nContent-Ty"), .pause, .reset],
            .truncated, "Connection reset"),
        WireFault(
            "headers that end in the middle of a line", [.say("HTTP/1.1 200 OK\r\nContent-Type: text/ev")],
            .truncated, "before the headers of its answer were complete"),
        WireFault(
            "headers that end after a line", [.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")],
            .truncated, "before the headers of its answer were complete"),
        WireFault(
            "headers that stall", [.say("HTTP/1.1 200 OK\r\nContent-Ty"), .stall], .timeout(.firstToken),
            "gave no content within 0.2 seconds", firstToken: .milliseconds(200)),
        WireFault(
            "a header longer than any", [.say("HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "a", count: 200_000))],
            .protocol, "A header of"),
        WireFault(
            "interim answers without end", [.say(String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 20_000))],
            .protocol, "longer than 262144 bytes, the limit for headers"),
        WireFault(
            "a length that is none", [.say(Wire.head(200, "text/event-stream", "Content-Length: many"))], .protocol,
            "Content-Length"),
        WireFault("a status that is none", [.say("HTTP/1.1 abc\r\n\r\n")], .protocol, "did not answer in HTTP/1.1"),
        WireFault("nothing after an interim answer", [.say("HTTP/1.1 100 Continue\r\n\r\n")], .truncated, "broke off"),
        WireFault("a null byte in a header", [.say("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n")], .protocol, "HTTP/1.1"),
    ]

    static let inTheMiddle = [
        WireFault(
            "a reset in the middle of a chunk", [.say(part + "400\r\ndata: {\"choi"), .pause, .reset], .truncated,
            "Connection reset", kept: "part"),
        WireFault(
            "a reset where only the connection's end tells the answer's",
            [.say(Wire.head() + Wire.delta("part")), .pause, .reset], .truncated, "Connection reset", kept: "part"),
        WireFault(
            "no end of the chunks", [.say(part)], .truncated, "broke off its answer", kept: "part"),
        WireFault(
            "a chunk's length that is none", [.say(part + "zz\r\n" + Wire.delta("lost"))], .protocol,
            "in chunked-encoding", kept: "part"),
        WireFault(
            "a chunk's length beyond any", [.say(part + "fffffffffffffffff\r\n")], .protocol, "in chunked-encoding",
            kept: "part"),
        WireFault(
            "a chunk longer than its length", [.say(part + "3\r\n: too long\r\n0\r\n\r\n")], .protocol,
            "in chunked-encoding", kept: "part"),
        WireFault(
            "a length longer than the answer",
            [.say(Wire.head(200, "text/event-stream", "Content-Length: 999") + Wire.delta("part"))],
            .truncated, "broke off its answer", kept: "part"),
        WireFault(
            "a length shorter than the answer",
            [
                .say(
                    Wire.head(200, "text/event-stream", "Content-Length: \(Wire.delta("part").utf8.count)")
                        + Wire.delta("part") + end)
            ],
            .truncated, "cut after 1 events", kept: "part"),
        WireFault(
            "comments without end",
            [.say(Wire.head() + Wire.delta("part"))]
                + Array(repeating: [.say(":\n"), .pause], count: 75).flatMap(\.self),
            .timeout(.total), "did not finish its answer within 1.0 seconds, the limit for a request", kept: "part"),
        WireFault(
            "a peer that vanishes", [.say(part), .pause, .vanish], .timeout(.total), "did not finish its answer within",
            kept: "part"),
        WireFault(
            "a peer that vanishes before its first token", [.say(Wire.chunked()), .pause, .vanish],
            .timeout(.firstToken), "gave no content within", firstToken: .milliseconds(200)),
        WireFault(
            "garbage", [.say(Wire.chunked() + Wire.frame("\u{1}\u{2}\n\u{7f}garbage")), .say("0\r\n\r\n")], .protocol,
            "it sent no event"),
        WireFault(
            "garbage after a part", [.say(part + Wire.frame("data: \u{1}{]garbage\n\n") + rest)], .protocol,
            "event 2 of its stream is not JSON", kept: "part"),
        WireFault("an empty 200", [.say(Wire.whole(200, "text/event-stream", ""))], .truncated, "after 0 events"),
        WireFault("no content", [.say("HTTP/1.1 204 No Content\r\n\r\n")], .truncated, "after 0 events"),
    ]

    static let noFaults = [
        WireFault("one byte a packet", [.spell(part + rest)], nil, kept: "part"),
        WireFault(
            "characters, line ends and a byte order mark cut anywhere",
            [
                .say(Wire.head()),
                .spell(
                    "\u{FEFF}" + Wire.delta("é😀").replacing("\n", with: "\r\n")
                        + Wire.delta("日").replacing("\n", with: "\r") + end),
            ], nil, kept: "é😀日"),
        WireFault(
            "slow headers",
            [
                .say("HTTP/1.1 200 OK\r\nContent-"), .pause, .say("Type: text/event-stream\r\n"), .pause,
                .say("\r\n" + Wire.delta("part") + end),
            ],
            nil, kept: "part"),
        WireFault(
            "interim answers",
            [
                .say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\n"),
                .pause, .say(part + rest),
            ],
            nil, kept: "part"),
        WireFault(
            "HTTP/1.0, whose answer ends with the connection",
            [.say("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + Wire.delta("part") + end)], nil,
            kept: "part"),
        WireFault(
            "trailers",
            [.say(part + Wire.frame(end) + "0\r\nContent-Type: text/html\r\nX-Count: 2\r\n\r\n")], nil, kept: "part"),
        WireFault(
            "chunk extensions",
            [
                .say(
                    Wire.chunked() + "\(String((Wire.delta("part") + end).utf8.count, radix: 16));a=b\r\n"
                        + Wire.delta("part") + end + "\r\n0\r\n\r\n")
            ],
            nil, kept: "part"),
        WireFault("a reset after the end", [.say(part + Wire.frame(end)), .pause, .reset], nil, kept: "part"),
    ]
}

@Test(arguments: WireFault.beforeTheHeaders + WireFault.inTheMiddle + WireFault.noFaults)
func whatHappensOnTheWireIsToldAndWhatCameIsKept(_ fault: WireFault) async {
    let server = ByteServer(doing: fault.steps)

    let outcome = await outcome(of: request(server.url, total: .seconds(1), firstToken: fault.firstToken))

    expect(outcome, isWhatComesOf: fault, at: server)
}

@Test func faultsOfSomeStreamsDoNotTouchTheOthers() async {
    let faults = WireFault.beforeTheHeaders + WireFault.inTheMiddle + WireFault.noFaults
    let servers = faults.map { ByteServer(doing: $0.steps) }
    let client = StreamingClient()

    let outcomes = await withTaskGroup(of: (Int, StreamOutcome).self) { group in
        for (index, fault) in faults.enumerated() {
            let request = request(servers[index].url, total: .seconds(2), firstToken: fault.firstToken)
            group.addTask { (index, await client.perform(request)) }
        }
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    await client.shutdown()

    for (index, fault) in faults.enumerated() where fault.kind != .timeout(.total) {
        expect(outcomes[index]!, isWhatComesOf: fault, at: servers[index])
    }
}

private func expect(_ outcome: StreamOutcome, isWhatComesOf fault: WireFault, at server: ByteServer) {
    let completion = ChatCompletion(outcome)
    let sentence = completion.failure?.sentence ?? "no failure"
    #expect(completion.failure?.kind == fault.kind, "\(fault): \(sentence)")
    #expect(fault.kind == nil || sentence.contains(fault.says), "\(fault): \(sentence)")
    #expect(fault.kind == nil || sentence.contains("'\(server.url)'"), "\(fault): \(sentence)")
    #expect(completion.text == fault.kept, "\(fault)")
    #expect(server.connectionCount == 1, "nothing is retried")
    #expect(
        outcome.contentType != "text/html", "\(fault): neither an interim answer nor a trailer is the answer's header")
    let times = [outcome.started, outcome.sent, outcome.headers, outcome.firstByte, outcome.ended].compactMap(\.self)
    #expect(times == times.sorted(), "\(fault)")
}
