import Foundation
import Testing

@testable import Streaming

/// A server's answer, complete on the wire, that is none, and the whole sentence about it after the address.
struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var answer: [UInt8]
    var kind: StreamFailure.Kind = .http
    var says: String

    /// `{"error":"busy"}` as gzip packs it.
    private static let packed: [UInt8] = {
        Array(Data(base64Encoded: "H4sIAAAAAAACA6tWSi0qyi9SslJKKi2uVKoFAKN29PAQAAAA")!)
    }()

    private static func packed(_ status: Int, _ encoding: String) -> [UInt8] {
        let head = Wire.head(
            status, "text/event-stream", "Content-Encoding: \(encoding)", "Content-Length: \(packed.count)")
        return Array(head.utf8) + packed
    }

    private static func later(_ status: Int, _ retryAfter: String) -> [UInt8] {
        Array(Wire.whole(status, "application/json", "{\"error\":\"busy\"}", "Retry-After: \(retryAfter)").utf8)
    }

    static let all = [
        Refusal(
            testDescription: "429, come back in seconds", answer: later(429, "120"),
            says: "answered with HTTP status 429: busy (retry after 120 s)."),
        Refusal(
            testDescription: "503, come back at a time", answer: later(503, "Fri, 27 Nov 2026 07:28:00 GMT"),
            says: "answered with HTTP status 503: busy (retry after Fri, 27 Nov 2026 07:28:00 GMT)."),
        Refusal(
            testDescription: "503, come back at no time", answer: later(503, "soon\u{7}"),
            says: "answered with HTTP status 503: busy (retry after soon)."),
        Refusal(
            testDescription: "half of a message",
            answer: Array(Wire.head(500, "text/plain", "Content-Length: 99").utf8) + Array("out of mem".utf8),
            says: "answered with HTTP status 500: out of mem."),
        Refusal(
            testDescription: "a redirect to nowhere", answer: Array(Wire.whole(302, "text/plain", "moved").utf8),
            says: "answered with HTTP status 302: moved."),
        Refusal(
            testDescription: "a redirect to a path",
            answer: Array(Wire.whole(308, "text/plain", "", "Location: /v2/chat").utf8),
            says: "answered with HTTP status 308, a redirect to '/v2/chat', which is not followed."),
        Refusal(
            testDescription: "gzip that was not asked for", answer: packed(200, "gzip"), kind: .protocol,
            says: "is compressed (Content-Encoding: gzip), which was not asked for and hides when its parts came. "
                + "Turn compression off in the server, or in the proxy before it."),
        Refusal(
            testDescription: "a packed message", answer: packed(500, "GZIP"),
            says: "answered with HTTP status 500: a compressed message (Content-Encoding: GZIP)."),
        Refusal(
            testDescription: "an encoding that is none, and a status",
            answer: Array(
                Wire.whole(500, "text/plain", "boom", "Content-Encoding: identity").utf8),
            says: "answered with HTTP status 500: boom."),
    ]
}

@Test(arguments: Refusal.all)
func aRefusalIsToldInOneSentence(_ refusal: Refusal) async {
    let server = ByteServer(doing: [.sayBytes(refusal.answer)])

    let outcome = await outcome(of: request(server.url))

    let failure = ChatCompletion(outcome).failure
    #expect(failure?.kind == refusal.kind)
    #expect(failure?.sentence.hasSuffix("'\(server.url)' \(refusal.says)") == true, "\(failure?.sentence ?? "")")
    #expect(server.connectionCount == 1, "nothing is retried and nothing is followed")
    #expect(!outcome.body.isEmpty || outcome.status == 308, "what came is kept")
}

@Test func anAnswerLongerThanItsLengthDoesNotReachTheNextRequest() async {
    let server = ByteServer { connection in
        while connection.readRequest() != nil {
            connection.write(Wire.whole(200, "application/json", "{\"a\":1}") + Wire.whole(500, "text/plain", "stray"))
        }
    }
    let client = StreamingClient()

    let first = await client.perform(request(server.url, framing: .whole))
    let second = await client.perform(request(server.url, framing: .whole))
    await client.shutdown()

    #expect(first.failure == nil && second.failure == nil)
    #expect(second.body == Array("{\"a\":1}".utf8))
}

@Test func anAnswerBeforeTheEndOfTheRequestIsHeard() async {
    let server = ByteServer { connection in
        connection.readHeaders()
        connection.write(Wire.whole(413, "application/json", "{\"error\":\"too long\"}", "Connection: close"))
        connection.waitForHangUp()
    }

    let outcome = await outcome(of: request(server.url, body: String(repeating: "a", count: 16 << 20)))

    #expect(outcome.failure?.kind == .http && outcome.failure?.sentence.hasSuffix("status 413: too long.") == true)
}

@Test func aRequestThatNobodyReadsWasNeverSent() async {
    let server = ByteServer { connection in
        connection.readHeaders()
        usleep(1_500_000)
    }

    let outcome = await outcome(
        of: request(server.url, body: String(repeating: "a", count: 32 << 20), total: .seconds(1)))

    #expect(outcome.failure?.kind == .timeout(.total))
    #expect(outcome.sent == nil && outcome.connected != nil)
}

@Test func aServerThatSpeaksNoTLSIsNotReached() async {
    let server = ByteServer { connection in
        connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.waitForHangUp()
    }

    let failure = await outcome(of: request("https://\(ByteServer.host):\(server.port)/v1")).failure

    #expect(failure?.kind == .connect)
    #expect(failure?.sentence.hasPrefix("Could not make a secure connection to 'https://\(ByteServer.host):") == true)
}

@Test func aHandshakeThatStallsMeetsTheConnectTimeout() async {
    let server = ByteServer(doing: [.stall])
    var request = request("https://\(ByteServer.host):\(server.port)/v1")
    request.connectTimeout = .milliseconds(200)

    let outcome = await outcome(of: request)

    #expect(outcome.failure?.kind == .connect && outcome.sent == nil)
}

@Test func linesThatCameBeforeTheCutAreKept() async {
    let line = "{\"message\":{\"content\":\"part\"},\"done\":false}"
    let server = ByteServer(doing: [
        .say(Wire.chunked("application/x-ndjson") + Wire.frame(line + "\n" + line + "\n{\"mess")), .pause, .reset,
    ])

    let outcome = await outcome(of: request(server.url, framing: .ndjson))

    var parser = NDJSONParser()
    #expect(outcome.failure?.kind == .truncated)
    #expect(parser.receive(outcome.body) == [Array(line.utf8), Array(line.utf8)])
    #expect(parser.finish() == Array("{\"mess".utf8))
}
