import Foundation
import Testing

@testable import Streaming

/// Answers every request of a connection, a moment late, until the client hangs up.
private func patientServer() -> ByteServer {
    ByteServer { connection in
        while connection.readRequest() != nil {
            usleep(20_000)
            connection.write(Wire.whole(200, "application/json", "{}"))
        }
    }
}

@Test func libcurlsOwnTimesAreKept() async throws {
    let server = patientServer()
    let client = StreamingClient()

    let before = MonotonicTime.now()
    let first = await client.perform(request(server.url, framing: .whole))
    let span = MonotonicTime.now() - before
    let second = await client.perform(request(server.url, framing: .whole))
    await client.shutdown()

    let opened = try #require(first.phases)
    let (connected, ready) = (try #require(opened.connected), try #require(opened.ready))
    let (firstByte, total) = (try #require(opened.firstByte), try #require(opened.total))
    #expect(opened.tls == nil && opened.nameLookup.map { $0 <= connected } ?? true)
    #expect(connected <= ready && ready <= firstByte && firstByte <= total)
    #expect(total <= span)
    let kept = try #require(second.phases)
    #expect(kept.nameLookup == nil && kept.connected == nil && kept.tls == nil)
    #expect(try #require(kept.ready) <= #require(kept.firstByte) && #require(kept.firstByte) >= 20_000_000)
}

@Test func whatWasNeverTakenUpHasNoTimes() async {
    let outcome = await outcome(of: request("ftp://127.0.0.1/"))

    #expect(outcome.phases == nil && outcome.loopLag == nil)
}

@Test func connectionsThatWereOpenedBeforeAreUsed() async {
    let server = patientServer()
    let client = StreamingClient()

    let opened = await client.openConnections(12, asking: request(server.url, framing: .whole))
    let again = await client.openConnections(12, asking: request(server.url, framing: .whole))
    let outcomes = await together(12, client, request(server.url, framing: .whole))
    await client.shutdown()

    #expect(opened == 12 && again == 12)
    #expect(server.connectionCount == 12)
    #expect(outcomes.allSatisfy { $0.failure == nil && $0.connected == nil })
}

@Test func aRequestMayHaveAConnectionOfItsOwn() async {
    let server = patientServer()
    let client = StreamingClient()
    await client.openConnections(2, asking: request(server.url, framing: .whole))
    var own = request(server.url, framing: .whole)
    own.hasOwnConnection = true

    var outcomes = await together(3, client, own)
    outcomes += await together(3, client, own)
    let kept = await client.perform(request(server.url, framing: .whole))
    await client.shutdown()

    #expect(outcomes.allSatisfy { $0.failure == nil && $0.connected != nil })
    #expect(kept.connected == nil && server.connectionCount == 8)
}

@Test func connectionsThatCannotBeOpenedAreNotCounted() async {
    let client = StreamingClient()

    let opened = await client.openConnections(
        3, asking: request("http://\(ByteServer.host):\(ByteServer.deadPort())/", framing: .whole))
    await client.shutdown()

    #expect(opened == 0)
}

private func together(_ count: Int, _ client: StreamingClient, _ request: StreamRequest) async -> [StreamOutcome] {
    await withTaskGroup(of: StreamOutcome.self) { group in
        for _ in 0..<count { group.addTask { await client.perform(request) } }
        return await group.reduce(into: []) { $0.append($1) }
    }
}
