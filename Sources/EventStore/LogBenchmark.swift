import Events
import Foundation
import Synchronization

/// How fast the log is on this machine: what `flperf bench log` measures beside the plain C loops.
///
/// Every append is durable before it counts. The events are samples whose payload has the size asked for, encoded before the
/// clock starts; envelope, checksum and indexes are part of what is measured, as they are part of every append.
public enum LogBenchmark {
    /// What one benchmark gave.
    public struct Measurement: Sendable {
        /// How many events were written or read.
        public var events: Int
        /// Wall-clock time that it took.
        public var elapsed: Duration
        /// How many commits the events shared; 0 for reading.
        public var commits: Int
        /// Of each append (a batch, or one event of a concurrent appender), from call to acknowledgement, ascending; empty
        /// for reading.
        public var latencies: [Duration]

        /// What was measured elsewhere, in the same terms.
        public init(events: Int, elapsed: Duration, commits: Int = 0, latencies: [Duration] = []) {
            self.events = events
            self.elapsed = elapsed
            self.commits = commits
            self.latencies = latencies
        }

        /// Events by seconds.
        public var eventsPerSecond: Double { Double(events) / (elapsed / .seconds(1)) }

        /// The latency that a share of the appends kept to (nearest rank); nil when nothing was appended.
        public func latency(quantile: Double) -> Duration? {
            guard !latencies.isEmpty else { return nil }
            let rank = Int((quantile * Double(latencies.count)).rounded(.up))
            return latencies[min(max(rank, 1), latencies.count) - 1]
        }
    }

    /// One caller appends `count` events in batches, each acknowledged. `folder` must not hold a log yet.
    ///
    /// - Parameter inFlight: how many batches may be on their way: while one is written, the next are encoded, sealed and hashed.
    public static func append(
        folder: String, count: Int = 1_000_000, batch: Int = 1_000, payloadBytes: Int = 200, inFlight: Int = 4
    ) throws -> Measurement {
        let log = try EventLog(folder: folder)
        defer { log.close() }
        let stream = try StreamID.run("bench")
        var payload = samplePayload(bytes: payloadBytes)
        let acknowledged = Mutex<(latencies: [Duration], failure: LogError?)>(([], nil))
        let room = DispatchSemaphore(value: 0)  // A semaphore must not end with less than it began with.
        for _ in 0..<inFlight { room.signal() }
        let clock = ContinuousClock()
        let transactions = log.store.lastTransaction()
        let start = clock.now
        for first in stride(from: 0, to: count, by: batch) {
            room.wait()
            let began = clock.now
            let size = min(batch, count - first)
            try log.writer.enterBlocking(size)
            let events = encoded(size, numberedFrom: first, stream, &payload)
            log.writer.submit(
                AppendRequest(events: events, expected: .any) { result in
                    acknowledged.withLock { state in
                        state.latencies.append(clock.now - began)
                        if case .failure(let error) = result { state.failure = error }
                    }
                    room.signal()
                })
        }
        for _ in 0..<inFlight { room.wait() }
        let elapsed = clock.now - start
        let (latencies, failure) = acknowledged.withLock { $0 }
        if let failure { throw failure }
        let commits = Int(log.store.lastTransaction() - transactions)
        return Measurement(events: count, elapsed: elapsed, commits: commits, latencies: latencies.sorted())
    }

    /// Many callers append one event after another and each waits for its own: the requests of one run, which share its
    /// stream, or spread over `streams`. `folder` must not hold a log yet.
    public static func concurrent(
        folder: String, appenders: Int = 64, seconds: Double = 4, payloadBytes: Int = 200, streams: Int = 1
    ) async throws -> Measurement {
        let log = try EventLog(folder: folder)
        defer { log.close() }
        let clock = ContinuousClock()
        let transactions = log.store.lastTransaction()
        let start = clock.now
        let end = start + .seconds(seconds)
        let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for appender in 0..<appenders {
                group.addTask {
                    let stream = try StreamID.run("bench-\(appender % streams)")
                    var payload = samplePayload(bytes: payloadBytes)
                    var latencies: [Duration] = []
                    var began = clock.now
                    while began < end {
                        _ = try await log.append(count: 1, expecting: .any) {
                            encoded(1, numberedFrom: latencies.count, stream, &payload)
                        }
                        let now = clock.now
                        latencies.append(now - began)
                        began = now
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = clock.now - start
        let commits = Int(log.store.lastTransaction() - transactions)
        return Measurement(events: latencies.count, elapsed: elapsed, commits: commits, latencies: latencies.sorted())
    }

    static func encoded(
        _ count: Int, numberedFrom first: Int, _ stream: StreamID, _ payload: inout [UInt8]
    ) -> EncodedEvents {
        let size = count * Envelope.size(stream: stream, payload: payload.count)
        let (type, version) = (EventType.inferenceSampled.rawValue, EventType.inferenceSampled.schemaVersion)
        let events = EncodedEvents(stream: stream, count: count, size: size)
        payload.withUnsafeMutableBytes { bytes in
            for number in first..<first + count {
                bytes.storeBytes(of: UInt64(number), toByteOffset: bytes.count - 8, as: UInt64.self)
                events.add(
                    type: type, schemaVersion: version, id: .make(),
                    payload: UnsafeRawBufferPointer(bytes))
            }
        }
        return events
    }

    /// A sample of that size as far as it can be met. Its last bytes are those of the output's digest, which may be any.
    static func samplePayload(bytes: Int) -> [UInt8] {
        var sample = InferenceSampled()
        sample.runID = "bench"
        sample.modelID = "model"
        sample.scenario = "scenario"
        sample.level = 8
        sample.startedNs = 1_700_000_000
        sample.firstContentNs = 1_750_000_000
        sample.endedNs = 1_900_000_000
        sample.completionTokens = 128
        sample.chunkGapsUs = Data(repeating: 0x55, count: 64)
        func payload(_ digest: Int) -> [UInt8] {
            sample.outputDigest = Data(repeating: 0x5A, count: digest)
            return (try? Event.inferenceSampled(sample).encoded().payload) ?? []
        }
        return payload(8 + max(0, bytes - payload(8).count))
    }
}
