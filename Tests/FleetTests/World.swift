import EventStore
import Events
import Foundation
import TestSupport

@testable import Fleet

/// A log with so many events, each of about `size` bytes, in two streams.
func makeLog(_ folder: String, events: Int, size: Int = 200) throws -> EventLog {
    let log = try EventLog(folder: folder)
    try fill(log, events: events, size: size)
    return log
}

func fill(_ log: EventLog, events: Int, size: Int = 200, saying text: String = "x") throws {
    for start in stride(from: 0, to: events, by: 7) {
        let batch = (start..<min(events, start + 7)).map { _ in
            NewEvent(.logRecorded(.with { $0.message = String(repeating: text, count: max(1, size - 70)) }))
        }
        try log.appendBlocking(batch, to: start % 2 == 0 ? .system : .run("r1"))
    }
}

/// Every block of a log, from a position on.
func blocks(of log: EventLog, from first: UInt64 = 1, largest: Int = 1 << 20) throws -> [SealedBlock] {
    var sealer = try BlockSealer(log, from: first, largest: largest)
    var blocks: [SealedBlock] = []
    while let block = try sealer.seal() { blocks.append(block) }
    return blocks
}

/// The stored bytes of every event.
func storedBytes(of log: EventLog) throws -> [[UInt8]] {
    var all: [[UInt8]] = []
    try log.scan { raw in
        all.append(Array(raw.bytes))
        return true
    }
    return all
}
