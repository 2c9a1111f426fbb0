import Events
import Foundation

extension LogBenchmark {
    /// Reads the whole log: every sample whole, its chunks too, or only headers looked at.
    public static func replay(folder: String, headersOnly: Bool = false) throws -> Measurement {
        let log = try EventLog(folder: folder, access: .readOnly)
        defer { log.close() }
        var events = 0
        var sum: Int64 = 0  // Used below, so that nothing is left out.
        let start = ContinuousClock.now
        try log.scan(checksums: !headersOnly) { raw in
            if headersOnly {
                sum &+= raw.recordedAt &+ Int64(raw.type.rawValue)
            } else if let sample = try raw.sample() {
                sum &+= sample.endedNs
                for arrival in sample.chunkArrivals { sum &+= arrival }
            }
            events += 1
            return true
        }
        precondition(events == 0 || sum != 0, "the events of a log have times")
        return Measurement(events: events, elapsed: .now - start)
    }

    /// Verifies the whole log.
    public static func verify(folder: String, threads: Int) throws -> Measurement {
        let log = try EventLog(folder: folder)
        defer { log.close() }
        let start = ContinuousClock.now
        let verification = try log.verify(threads: threads)
        let elapsed = ContinuousClock.now - start
        precondition(verification.isClean, "a log that was just written is whole")
        return Measurement(events: Int(verification.events), elapsed: elapsed)
    }

    /// What a log costs as it grows.
    public struct Growth: Sendable {
        /// Median time of an append of 1,000 events, before the log had `few` events and before it had `many`.
        public var appendWhenSmall, appendWhenLarge: Duration
        /// From the call to a log that can be used.
        public var opening: Duration
        /// What the process holds in memory beyond mapped files, in bytes; 0 where that can't be told.
        public var memory: UInt64
    }

    /// Appends `many` events to a log in `folder`, which must not hold one yet, and opens it again.
    ///
    /// - Parameter progress: called with the events appended.
    public static func grow(
        folder: String, few: Int = 100_000, many: Int = 10_000_000, progress: (Int) -> Void = { _ in }
    ) throws -> Growth {
        let log = try EventLog(folder: folder)
        let stream = try StreamID.run("bench")
        var payload = samplePayload(bytes: 200)
        var times: [Duration] = []
        let batch = 1_000
        for first in stride(from: 0, to: many, by: batch) {
            let start = ContinuousClock.now
            _ = try log.appendBlocking(count: batch, expecting: .any) {
                encoded(batch, numberedFrom: first, stream, &payload)
            }
            times.append(.now - start)
            if first % 100_000 == 0 { progress(first) }
        }
        let memory = ownMemory()
        log.close()
        let start = ContinuousClock.now
        let again = try EventLog(folder: folder)
        let last = try again.lastPosition()
        let opening = ContinuousClock.now - start
        again.close()
        precondition(last == UInt64(many), "every event is there")
        func median(_ part: ArraySlice<Duration>) -> Duration { part.sorted()[part.count / 2] }
        let window = min(few / batch, times.count)
        return Growth(
            appendWhenSmall: median(times.prefix(window)), appendWhenLarge: median(times.suffix(window)),
            opening: opening, memory: memory)
    }

    private static func ownMemory() -> UInt64 {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return line.flatMap { UInt64($0.split(separator: " ").dropFirst().first ?? "") }.map { $0 << 10 } ?? 0
    }
}
