import Foundation
import Synchronization
import Testing

@testable import Streaming

@Test func aStreamGivesItsTimesInOrderAndItsBytesByArrival() async {
    let writes = Mutex<[Int64]>([])
    let server = ByteServer { connection in
        connection.readRequest()
        writes.withLock { $0.append(MonotonicTime.now()) }
        connection.write(Wire.chunked() + Wire.frame(Wire.delta("a")))
        Thread.sleep(forTimeInterval: 0.02)
        writes.withLock { $0.append(MonotonicTime.now()) }
        connection.write(Wire.frame(Wire.delta("b", finish: "stop")) + Wire.frame("data: [DONE]\n\n") + "0\r\n\r\n")
    }

    let before = MonotonicTime.now()
    let outcome = await outcome(of: request(server.url))

    #expect(outcome.failure == nil)
    #expect(outcome.status == 200 && outcome.contentType == "text/event-stream")
    let times = [
        before, outcome.started, outcome.connected, outcome.sent, outcome.headers, outcome.firstByte, outcome.ended,
        MonotonicTime.now(),
    ].compactMap { $0 }
    #expect(times.count == 8 && times == times.sorted())
    #expect(
        outcome.arrivals.first?.bytes.lowerBound == 0 && outcome.arrivals.last?.bytes.upperBound == outcome.body.count)
    let completion = ChatCompletion(outcome)
    #expect(completion.text == "ab" && completion.failure == nil)
    #expect(zip(completion.chunks, writes.withLock(\.self)).allSatisfy { $0.at >= $1 }, "read after it was written")
}

@Test func aRefusedConnectionNamesTheAddress() async {
    let port = ByteServer.deadPort()

    let outcome = await outcome(of: request("http://\(ByteServer.host):\(port)/v1/chat/completions"))

    #expect(outcome.failure?.kind == .connect)
    #expect(outcome.failure?.sentence.contains("'http://\(ByteServer.host):\(port)/v1/chat/completions'") == true)
    #expect(outcome.status == nil && outcome.sent == nil && outcome.headers == nil && outcome.body.isEmpty)
}

@Test(arguments: [
    ("ftp://127.0.0.1/", "only http and https"),
    ("file:///etc/passwd", "only http and https"),
    ("nonsense", "only http and https"),
    ("http://127.0.0.1:99999/", "malformed"),
    ("http://127.0.0.1/\r\nX-Evil: 1", "line break"),
    ("http://no-such-host.invalid/", "Could not connect"),
])
func anAddressThatLeadsNowhereIsRefused(_ url: String, _ reason: String) async {
    let outcome = await outcome(of: request(url))

    #expect(outcome.failure?.kind == .connect)
    #expect(outcome.failure?.sentence.contains(reason) == true, "\(outcome.failure?.sentence ?? "")")
}

@Test func userInfoAndQueryAreNotShown() async {
    let port = ByteServer.deadPort()

    let outcome = await outcome(of: request("http://user:pass@\(ByteServer.host):\(port)/v1?api_key=sekrit"))

    #expect(outcome.failure?.sentence.contains("'http://\(ByteServer.host):\(port)/v1'") == true)
}

/// What a server does, what it is counted as, and a part of the sentence.
struct Fault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: String
    var kind: StreamFailure.Kind
    var says: String

    static let all: [Fault] = [
        Fault("an HTML page", Wire.whole(200, "text/html", "<html><title>Hi</title></html>"), .protocol, "HTML page"),
        Fault(
            "an HTML error page", Wire.whole(502, "text/html", "<html><title>Bad gateway</title></html>"), .http,
            "status 502: an HTML page titled 'Bad gateway'."),
        Fault("half a chunk", Wire.chunked() + "400\r\ndata: {\"choi", .truncated, "broke off its answer"),
        Fault(
            "half a body", Wire.head(200, "application/json", "Content-Length: 99") + "{\"ch", .truncated, "broke off"),
        Fault("headers and no byte", Wire.head(), .truncated, "neither a finish_reason nor [DONE]"),
        Fault("nothing", "", .truncated, "closed the connection without an answer"),
        Fault(
            "plain text with 500", Wire.whole(500, "text/plain", "out of\n memory"), .http, "status 500: out of memory."
        ),
        Fault(
            "what a terminal would obey", Wire.whole(500, "text/plain", "\u{1b}[31mred\u{7}\u{0} \u{9b}2J"), .http,
            "status 500: [31mred 2J."),
        Fault("an empty 500", Wire.whole(500, "text/plain", ""), .http, "status 500."),
        Fault(
            "an error object with 404",
            Wire.whole(404, "application/json", "{\"error\":{\"message\":\"no such model\",\"code\":404}}"),
            .http, "status 404: no such model."),
        Fault(
            "an error string with 400", Wire.whole(400, "application/json", "{\"error\":\"bad\"}"), .http, "400: bad."),
        Fault("a detail with 400", Wire.whole(400, "application/json", "{\"detail\":\"worse\"}"), .http, "400: worse."),
        Fault(
            "a list of details with 422",
            Wire.whole(422, "application/json", "{\"detail\":[{\"loc\":[],\"msg\":\"field required\"}]}"),
            .http, "422: field required."),
        Fault(
            "a redirect", Wire.whole(307, "text/plain", "", "Location: http://127.0.0.1:1/other"), .http,
            "a redirect to 'http://127.0.0.1:1/other', which is not followed"),
        Fault(
            "retry later", Wire.whole(503, "application/json", "{\"error\":\"busy\"}", "Retry-After: 7"), .http,
            "503: busy (retry after 7 s)."),
        Fault(
            "an error in the stream",
            Wire.head() + Wire.delta("a") + "data: {\"error\":{\"message\":\"out of memory\"}}\n\n",
            .streamError, "reported an error: out of memory"),
        Fault("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", .protocol, "did not answer in HTTP/1.1"),
        Fault(
            "too much", Wire.whole(200, "application/json", String(repeating: " ", count: 2 << 20)), .protocol,
            "longer than 1048576 bytes"),
        Fault(
            "endless headers", "HTTP/1.1 200 X\r\n" + String(repeating: "X-A: b\r\n", count: 40000), .protocol,
            "headers"),
    ]

    private init(_ name: String, _ bytes: String, _ kind: StreamFailure.Kind, _ says: String) {
        (testDescription, self.bytes, self.kind, self.says) = (name, bytes, kind, says)
    }
}

@Test(arguments: Fault.all)
func aFaultOfTheServerIsCountedOnceAndSaid(_ fault: Fault) async {
    let server = ByteServer(answering: fault.bytes)

    let failure = ChatCompletion(await outcome(of: request(server.url))).failure

    #expect(failure?.kind == fault.kind)
    #expect(failure?.sentence.contains(fault.says) == true, "\(failure?.sentence ?? "no failure")")
    #expect(server.connectionCount == 1, "nothing is retried and nothing is followed")
}

@Test func aResetInTheMiddleKeepsWhatCame() async {
    let server = ByteServer { connection in
        connection.readRequest()
        connection.write(Wire.chunked() + Wire.frame(Wire.delta("half")))
        Thread.sleep(forTimeInterval: 0.05)
        connection.reset()
    }

    let completion = ChatCompletion(await outcome(of: request(server.url)))

    #expect(completion.failure?.kind == .truncated && completion.text == "half")
}

@Test func aKeptConnectionThatTheServerClosedIsReplaced() async {
    let server = ByteServer { connection in
        // One answer a connection, and no word that it ends.
        connection.readRequest()
        connection.write(Wire.whole(200, "application/json", "{}"))
    }
    let client = StreamingClient()

    var outcomes: [StreamOutcome] = []
    for _ in 0..<20 { outcomes.append(await client.perform(request(server.url, framing: .whole))) }
    await client.shutdown()

    #expect(outcomes.allSatisfy { $0.failure == nil && $0.connected != nil })
    #expect(outcomes.allSatisfy { ($0.sent ?? 0) >= $0.started && ($0.sent ?? .max) <= $0.ended })
}

@Test func aRequestIsNotSentAgainWhenItsServerHangsUpOnIt() async {
    let requests = Mutex(0)
    let server = ByteServer { connection in
        while connection.readRequest() != nil {
            let number = requests.withLock { count in
                count += 1
                return count
            }
            if number == 2 {
                // Reads the request, thinks, and closes without an answer.
                usleep(250_000)
                return
            }
            connection.write(Wire.whole(200, "application/json", "{}"))
        }
    }
    let client = StreamingClient()

    let first = await client.perform(request(server.url, framing: .whole))
    let second = await client.perform(request(server.url, framing: .whole))
    let third = await client.perform(request(server.url, framing: .whole))
    await client.shutdown()

    #expect(first.failure == nil && first.connected != nil)
    #expect(second.failure?.kind == .truncated)
    #expect(third.failure == nil)
    #expect(requests.withLock(\.self) == 3)
}

@Test func theTotalTimeoutIsOneFailureAndKeepsThePart() async {
    let server = ByteServer { connection in
        connection.readRequest()
        connection.write(Wire.chunked() + Wire.frame(Wire.delta("part")))
        connection.waitForHangUp()
    }

    let outcome = await outcome(of: request(server.url, total: .milliseconds(400)))

    let completion = ChatCompletion(outcome)
    #expect(completion.failure?.kind == .timeout(.total) && completion.failure?.className == "timeout")
    #expect(completion.text == "part")
    #expect((399_000_000..<5_000_000_000).contains(outcome.ended - outcome.started))
}

@Test func aServerThatNeverAnswersTimesOut() async {
    let server = ByteServer { $0.waitForHangUp() }

    let outcome = await outcome(of: request(server.url, total: .milliseconds(100)))

    #expect(outcome.failure?.kind == .timeout(.total) && outcome.status == nil && outcome.sent != nil)
}

@Test(arguments: [
    (
        StreamRequest.Framing.serverSentEvents,
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
    ),
    (.ndjson, "{\"message\":{\"role\":\"assistant\",\"content\":\"\"}}\n"),
    (.whole, ""),
])
func anAnswerWithoutContentMeetsTheFirstTokenTimeout(_ framing: StreamRequest.Framing, _ opening: String) async {
    let server = ByteServer { connection in
        connection.readRequest()
        connection.write(Wire.head() + opening)
        connection.waitForHangUp()
    }

    let outcome = await outcome(of: request(server.url, framing: framing, firstToken: .milliseconds(100)))

    #expect(outcome.failure?.kind == .timeout(.firstToken))
    #expect((99_000_000..<5_000_000_000).contains(outcome.ended - outcome.started))
}

@Test(arguments: [
    (StreamRequest.Framing.serverSentEvents, Wire.delta("a")),
    (.ndjson, "{\"message\":{\"role\":\"assistant\",\"content\":\"a\"}}\n"),
    (.ndjson, "{\"response\":\"a\"}\n"),
    (.whole, "{"),
])
func contentInTimeLiftsTheFirstTokenTimeout(_ framing: StreamRequest.Framing, _ opening: String) async {
    let server = ByteServer { connection in
        connection.readRequest()
        connection.write(Wire.head() + opening)
        Thread.sleep(forTimeInterval: 0.8)
    }

    let outcome = await outcome(of: request(server.url, framing: framing, firstToken: .milliseconds(500)))

    #expect(outcome.failure == nil)
    #expect(outcome.ended - outcome.started > 700_000_000)
}

@Test func cancellingTheTaskEndsTheRequestAndKeepsThePart() async {
    let server = ByteServer { connection in
        connection.readRequest()
        connection.write(Wire.chunked() + Wire.frame(Wire.delta("part")))
        connection.waitForHangUp()
    }
    let client = StreamingClient()

    // Longer than a busy machine keeps this test waiting.
    let task = Task { await client.perform(request(server.url, total: .seconds(120))) }
    while server.connectionCount == 0 { try? await Task.sleep(for: .milliseconds(5)) }
    try? await Task.sleep(for: .milliseconds(300))
    task.cancel()
    let outcome = await task.value
    await client.shutdown()

    #expect(outcome.failure?.kind == .cancelled)
    #expect(ChatCompletion(outcome).text == "part")
}

@Test func aCancelledTaskSendsNothing() async {
    let server = ByteServer(answering: Wire.whole(200, "application/json", "{}"))
    let client = StreamingClient()

    let outcome = await Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await client.perform(request(server.url))
    }.value
    await client.shutdown()

    #expect(outcome.failure?.kind == .cancelled && outcome.sent == nil)
}

@Test func shuttingDownEndsWhatIsUnderWay() async {
    let server = ByteServer { $0.waitForHangUp() }
    let client = StreamingClient()

    async let pending = client.perform(request(server.url, total: .seconds(120)))
    while server.connectionCount == 0 { try? await Task.sleep(for: .milliseconds(5)) }
    await client.shutdown()

    let ended = await pending
    #expect(ended.failure?.kind == .cancelled, "\(String(describing: ended.failure))")
    #expect(await client.perform(request(server.url)).failure?.kind == .cancelled)
}

@Test func theRequestGoesOutAsItWasGiven() async {
    let server = ByteServer { connection in
        let text = connection.readRequest() ?? ""
        connection.write(Wire.whole(200, "text/plain", text))
    }
    var request = request(server.url, body: "{\"a\":1}", framing: .whole)
    request.headers = [("Content-Type", "application/json"), ("X-Request-Id", "r1"), ("X-Empty", "")]

    let sent = String(decoding: await outcome(of: request).body, as: UTF8.self)

    #expect(sent.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
    for part in ["X-Request-Id: r1\r\n", "X-Empty:\r\n", "Content-Length: 7\r\n"] { #expect(sent.contains(part)) }
    #expect(sent.hasSuffix("\r\n\r\n{\"a\":1}") && !sent.contains("Expect"))
}

@Test(arguments: [0, 1, 32 << 10, 33 << 10, 3 << 20])
func aBodyOfAnyLengthArrivesWhole(_ length: Int) async {
    let server = ByteServer { connection in
        let text = connection.readRequest() ?? ""
        let body = text.range(of: "\r\n\r\n").map { text[$0.upperBound...] } ?? ""
        connection.write(Wire.whole(200, "text/plain", "\(body.utf8.count) \(body.utf8.allSatisfy { $0 == 97 })"))
    }

    let outcome = await outcome(of: request(server.url, body: String(repeating: "a", count: length), framing: .whole))

    #expect(String(decoding: outcome.body, as: UTF8.self) == "\(length) true")
    #expect(outcome.sent != nil)
}

@Test func getWithoutABodyWorks() async {
    let server = ByteServer { connection in
        connection.write(Wire.whole(200, "text/plain", connection.readRequest() ?? ""))
    }

    let outcome = await outcome(of: StreamRequest(url: server.url, method: "GET", headers: [], framing: .whole))

    #expect(String(decoding: outcome.body, as: UTF8.self).hasPrefix("GET /v1/chat/completions HTTP/1.1\r\n"))
}

@Test func aMessageRepeatsNeitherKeyNorPrompt() async {
    let prompt = "Tell me the secret recipe of my grandmother's soup, please."
    let bodies = ["Incorrect API key provided: sk-verysecret1", "Invalid messages[0].content: '\(prompt)'"]
    let server = ByteServer { connection in
        let text = connection.readRequest() ?? ""
        connection.write(
            Wire.whole(401, "application/json", "{\"error\":\"\(bodies[text.contains("/first") ? 0 : 1])\"}"))
    }
    var first = request("http://\(ByteServer.host):\(server.port)/first", body: prompt)
    first.headers.append(("Authorization", "Bearer sk-verysecret1"))

    let key = await outcome(of: first).failure?.sentence ?? ""
    let quoted = await outcome(of: request(server.url, body: "{\"content\":\"\(prompt)\"}")).failure?.sentence ?? ""

    #expect(key.contains("Incorrect API key provided: …"))
    #expect(quoted.contains("401") && !quoted.contains("grandmother"))
}

@Test func aHundredStreamsAtOnceAllCompleteAndReuseConnections() async {
    let server = ByteServer { connection in
        while connection.readRequest() != nil {
            connection.write(Wire.chunked())
            for index in 0..<20 { connection.write(Wire.frame(Wire.delta("w\(index) "))) }
            connection.write(Wire.frame(Wire.delta("", finish: "stop")) + Wire.frame("data: [DONE]\n\n") + "0\r\n\r\n")
        }
    }
    let client = StreamingClient()

    let completions = await withTaskGroup(of: [ChatCompletion].self) { group in
        for _ in 0..<100 {
            group.addTask {
                var completions: [ChatCompletion] = []
                for _ in 0..<2 { completions.append(ChatCompletion(await client.perform(request(server.url)))) }
                return completions
            }
        }
        var all: [ChatCompletion] = []
        for await some in group { all += some }
        return all
    }
    await client.shutdown()

    #expect(completions.count == 200)
    #expect(completions.allSatisfy { $0.failure == nil && $0.chunks.count == 20 && $0.sawDone })
    #expect(server.connectionCount <= 100)
}
