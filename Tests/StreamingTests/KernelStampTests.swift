#if os(Linux)
import Foundation
import Synchronization
import Testing

@testable import Streaming

/// A server that says "a" when it is told to, then its pieces one after another, and notes when it said each.
private final class SlowSpeaker: Sendable {
    private let starts = DispatchSemaphore(value: 0)
    private let ends = DispatchSemaphore(value: 0)
    private let times = Mutex<[Range<Int64>]>([])

    /// Serves one connection.
    func serve(_ connection: ByteConnection, _ pieces: [String]) {
        connection.readRequest()
        starts.wait()
        connection.write(Wire.chunked() + Wire.frame(Wire.delta("a")))
        starts.wait()
        for piece in pieces {
            let before = MonotonicTime.now()
            connection.write(Wire.frame(Wire.delta(piece)))
            usleep(2000)
            times.withLock { $0.append(before..<MonotonicTime.now()) }
        }
        ends.signal()
        starts.wait()
        connection.write(Wire.frame(Wire.delta("", finish: "stop")) + "0\r\n\r\n")
    }

    /// Has the next thing said that nobody waits for: the "a", or the end.
    func goOn() { starts.signal() }

    /// Has the pieces said; gives when each was written and had come to the other side.
    func speak() -> [Range<Int64>] {
        starts.signal()
        ends.wait()
        return times.withLock(\.self)
    }
}

/// What a client measured that was busy, and what happened meanwhile.
private struct BusyClient {
    var outcome: StreamOutcome
    var chunks: [ContentChunk]
    /// When each piece after the first was written and had come.
    var written: [Range<Int64>] = []
    /// When the client had time again.
    var free: Int64 = 0

    /// Performs a request as the client's loop does, on this thread, which does nothing else while the pieces are said and
    /// for 50 ms after.
    init(hearing pieces: [String], _ change: (inout StreamRequest) -> Void = { _ in }) async {
        let speaker = SlowSpeaker()
        let server = ByteServer { speaker.serve($0, pieces) }
        var request = request(server.url)
        change(&request)
        let ticket = TransferTicket(id: 1, started: MonotonicTime.now())
        var (written, free) = ([Range<Int64>](), Int64(0))
        let record = await withCheckedContinuation { continuation in
            let multi = MultiHandle(connections: 1)
            var transfers = Transfers(multi)
            let transfer = Transfer(ticket: ticket, request: request, continuation: continuation)
            transfers.begin(transfer)
            var (isSent, isOver) = (false, false)
            while transfers.takeEndedCount() == 0 {
                multi.performDue()
                if !isSent, transfer.wasReady {
                    isSent = true
                    multi.performDue()
                    speaker.goOn()
                }
                if written.isEmpty, !transfer.record.arrivals.isEmpty {
                    written = speaker.speak()
                    usleep(50_000)
                    free = MonotonicTime.now()
                } else if !written.isEmpty, !isOver {
                    isOver = true
                    speaker.goOn()
                }
                multi.wait(until: nil)
                transfers.endFinished()
            }
            multi.close()
        }
        outcome = record.outcome(of: request, started: ticket.started)
        chunks = ChatCompletion(outcome).chunks
        (self.written, self.free) = (written, free)
    }

    /// Whether the kernel stamped all that came.
    var isStamped: Bool { outcome.arrivals.allSatisfy { $0.clock == .kernel } }

    /// The same once the kernel has begun to stamp, which it does some time after it was asked.
    static func stamped(hearing pieces: [String]) async -> BusyClient {
        let asking = KernelStamps()
        var client = await BusyClient(hearing: pieces)
        for _ in 0..<20 where !client.isStamped { client = await BusyClient(hearing: pieces) }
        withExtendedLifetime(asking) {}
        return client
    }
}

@Test func aPieceThatWaitsForABusyClientIsStampedWhenItCame() async throws {
    let client = await BusyClient.stamped(hearing: ["b"])

    let (outcome, written) = (client.outcome, client.written)
    try #require(client.chunks.count == 2 && written.count == 1)
    #expect(client.isStamped && outcome.failure == nil)
    #expect(written[0].contains(client.chunks[1].at))
    #expect(outcome.readDelay.longest >= client.free - written[0].upperBound, "what the client lost is known")
    #expect(outcome.readDelay.longest <= outcome.readDelay.total)
    #expect(try #require(outcome.loopLag) >= 50_000_000, "the loop did not look at its sockets meanwhile")
}

@Test func piecesThatWereReadTogetherShareTheArrivalOfTheLast() async throws {
    let client = await BusyClient.stamped(hearing: ["b", "c", "d"])

    let (chunks, written) = (client.chunks, client.written)
    try #require(chunks.count == 4 && written.count == 3)
    #expect(chunks[0].at < written[0].lowerBound)
    #expect(Set(chunks[1...].map(\.at)).count == 1)
    #expect(Set(chunks[1...].map(\.read)).count == 1 && chunks[0].read < chunks[1].read)
    #expect(written[2].contains(chunks[3].at))
}

@Test func withoutStampsTheClientsOwnTimesServe() async throws {
    let client = await BusyClient(hearing: ["b"]) { $0.usesEnvironmentProxy = true }

    try #require(client.chunks.count == 2)
    #expect(client.chunks[1].at >= client.free)
    #expect(client.outcome.arrivals.allSatisfy { $0.clock == .user })
    #expect(client.outcome.readDelay == ReadDelay())
}

@Test func aSocketThatGivesNoStampsIsLeftAsItWas() {
    var pair: [Int32] = [-1, -1]
    socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
    defer { pair.forEach { close($0) } }
    var stamps = KernelStamps()
    KernelStamps.ask(for: pair[0])
    #expect(stamps.waiting(in: pair[0]) == nil, "nothing waits")

    #expect(write(pair[1], "abc", 3) == 3)

    #expect(stamps.waiting(in: pair[0]) == nil)
    var bytes: [UInt8] = [0, 0, 0, 0]
    #expect(read(pair[0], &bytes, 4) == 3 && bytes == [97, 98, 99, 0])
}

/// The look is so long ago that bytes may have waited unseen since, or has just been.
@Test(arguments: [(-1_000_000, .user), (1_000_000_000, .kernel)] as [(Int64, ArrivalClock)])
func whatCameAfterTheLookIsKnownAsWellAsTheLookIsNear(look: Int64, clock: ArrivalClock) async {
    let before = MonotonicTime.now()
    let record = await withCheckedContinuation { continuation in
        let transfer = Transfer(
            ticket: TransferTicket(id: 1, started: before), request: request("http://127.0.0.1/"),
            continuation: continuation)
        transfer.beginRead(WaitingBytes(count: 12, arrived: before - 2_000_000, found: before + look))
        for text in ["HTTP", "\r\n"] {
            text.utf8CString.withUnsafeBytes { _ = transfer.receivedHeader(.init(rebasing: $0.dropLast())) }
        }
        for text in ["four", "more", "4"] {
            text.utf8CString.withUnsafeBytes { _ = transfer.received(.init(rebasing: $0.dropLast())) }
        }
        transfer.endRead()
        transfer.refuse(.init(.cancelled, "It was enough."))
    }

    #expect(record.headers == before - 2_000_000)
    #expect(record.arrivals.first?.at == before - 2_000_000)
    #expect(record.arrivals.map(\.bytes) == [0..<4, 4..<9])
    #expect(record.arrivals.map(\.clock) == [.kernel, clock] && record.arrivals[1].at >= before)
    #expect(record.readDelay.count == 1)
}

@Test func aWholeAnswerIsOverWhenItsLastByteCame() async {
    let before = MonotonicTime.now()
    let record = await withCheckedContinuation { continuation in
        let transfer = Transfer(
            ticket: TransferTicket(id: 1, started: before), request: request("http://127.0.0.1/"),
            continuation: continuation)
        for arrived in [before - 9000, before - 4000] {
            transfer.beginRead(WaitingBytes(count: 4, arrived: arrived, found: before))
            "four".utf8CString.withUnsafeBytes { _ = transfer.received(.init(rebasing: $0.dropLast())) }
            transfer.endRead()
        }
        // The end of the body, which is no part of it.
        transfer.beginRead(WaitingBytes(count: 5, arrived: before - 2000, found: before))
        transfer.endRead()
        transfer.finish(nil, at: MonotonicTime.now())
    }

    #expect(record.arrivals.map(\.at) == [before - 9000, before - 4000])
    #expect(record.ended == before - 2000)
}
#endif
