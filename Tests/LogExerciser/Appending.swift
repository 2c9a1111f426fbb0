import EventStore
import Events
import Foundation

/// Events whose text follows from their id, so that whoever finds one knows whether it is whole.
enum Sample {
    static func event(_ id: EventID) -> NewEvent {
        NewEvent(.logRecorded(.with { $0.message = message(of: id) }), id: id)
    }

    /// Mostly some hundred bytes; now and then more than a page.
    static func message(of id: EventID) -> String {
        let length = id.low % 61 == 0 ? 6000 : Int(id.low % 300)
        return "\(id) " + String(repeating: "abcdefghijklmnopqrstuvwxyz".randomElement(of: id.low), count: length)
    }
}

extension String {
    fileprivate func randomElement(of seed: UInt64) -> String {
        String(self[index(startIndex, offsetBy: Int(seed / 61 % UInt64(count)))])
    }
}

/// Appends from several threads and says what was acknowledged.
final class Appending: @unchecked Sendable {
    private let folder: String
    private let events: Int
    private let batch: Int
    private let appenders: Int
    private let pause: UInt32
    private let lock = NSLock()
    private var log: EventLog  // Guarded by `lock`, as are those below.
    private var begun = 0
    private var errors = 0

    init(_ arguments: Arguments) throws {
        folder = arguments[1]
        events = arguments.number("events", 1000)
        batch = arguments.number("batch", 10)
        appenders = arguments.number("appenders", 2)
        pause = UInt32(arguments.number("pause", 0))
        log = try Appending.opened(folder)
    }

    /// Opening reads and writes as well, and may meet a fault.
    private static func opened(_ folder: String) throws -> EventLog {
        for attempt in 1... {
            do { return try EventLog(folder: folder) } catch {
                FileHandle.standardError.write(Data("opening: \(error)\n".utf8))
                if attempt == 500 { throw error }
                usleep(10_000)
            }
        }
        preconditionFailure("the loop ends with a log or an error")
    }

    func run() throws {
        let began = ContinuousClock.now
        let group = DispatchGroup()
        for appender in 0..<appenders {
            let stream = try StreamID("run-r\(appender)")
            group.enter()
            Thread.detachNewThread { [self] in
                appendAll(to: stream)
                group.leave()
            }
        }
        group.wait()
        log.close()
        FileHandle.standardError.write(
            Data("errors=\(errors) milliseconds=\((ContinuousClock.now - began) / .milliseconds(1))\n".utf8))
    }

    private func appendAll(to stream: StreamID) {
        while true {
            let count = Int.random(in: 1...batch)
            let isOver = lock.withLock {
                defer { begun += count }
                return begun >= events
            }
            if isOver { return }
            let ids = (0..<count).map { _ in EventID.make() }
            let first = appendUntilAcknowledged(ids.map { Sample.event($0) }, to: stream)
            let lines = ids.enumerated().map { "\($1) \(first + UInt64($0))" }
            lock.withLock { printNow(lines.joined(separator: "\n")) }
            if pause > 0 { usleep(pause * 1000) }
        }
    }

    private func appendUntilAcknowledged(_ events: [NewEvent], to stream: StreamID) -> Position {
        for attempt in 1... {
            let used = lock.withLock { self.log }
            do { return try used.appendBlocking(events, to: stream).first } catch {
                guard attempt < 2000 else { fail("gave up: \(error)", code: 3) }
                recover(from: error, of: used)
            }
        }
        preconditionFailure("the loop ends with an answer")
    }

    /// Opens the log again when the error asks for it, unless another thread has done so.
    private func recover(from error: any Error, of used: EventLog) {
        lock.withLock {
            errors += 1
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            guard let error = error as? LogError, [.writesStopped, .store(.io), .closed].contains(error.code),
                used === log
            else { return }
            used.close()
            do { log = try Appending.opened(folder) } catch { fail("gave up opening: \(error)", code: 3) }
        }
        usleep(5000)
    }
}

/// A log against what was acknowledged.
struct Check {
    private(set) var events = 0
    private(set) var acknowledged = 0
    /// Acknowledged and not at their position.
    private(set) var lost = 0
    /// In the log and not as they were written, or what `verify` complains of.
    private(set) var torn = 0
    private(set) var firstProblem: String?
    /// Between the earliest and the latest `recordedAt`.
    private(set) var hours: Int64 = 0

    var isClean: Bool { lost == 0 && torn == 0 }

    init(folder: String, acknowledged lines: [(id: EventID, position: Position)]) throws {
        let log = try EventLog(folder: folder)
        defer { log.close() }
        acknowledged = lines.count
        let verification = try log.verify()
        torn += verification.problemCount
        firstProblem = verification.problems.first.map { "event \($0.position): \($0.reason)" }
        var ids: [EventID] = []
        var times: [Int64] = []
        do {
            try log.scan { raw in
                let event = try RecordedEvent(raw)
                ids.append(event.id)
                times.append(event.recordedAt)
                guard case .logRecorded(let line) = event.event, line.message == Sample.message(of: event.id) else {
                    torn += 1
                    firstProblem = firstProblem ?? "event \(event.position) is not what was appended"
                    return true
                }
                return true
            }
        } catch {
            torn += 1
            firstProblem = firstProblem ?? "\(error)"
        }
        events = ids.count
        hours = ((times.max() ?? 0) - (times.min() ?? 0)) / 3_600_000_000_000
        if Set(ids).count != ids.count {
            torn += 1
            firstProblem = firstProblem ?? "an id is in the log twice"
        }
        for (id, position) in lines where position < 1 || position > ids.count || ids[Int(position) - 1] != id {
            lost += 1
            firstProblem = firstProblem ?? "\(id), acknowledged as event \(position), is not there"
        }
    }

    func report() {
        printNow("events=\(events) acknowledged=\(acknowledged) lost=\(lost) torn=\(torn) hours=\(hours)")
        if !isClean { fail(firstProblem ?? "") }
    }

    static func lines(ofFile path: String) throws -> [(id: EventID, position: Position)] {
        try lines(String(contentsOfFile: path, encoding: .utf8))
    }

    /// A line that was cut off was not acknowledged to anybody.
    static func lines(_ text: String) -> [(id: EventID, position: Position)] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        lines.removeLast()
        return lines.compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let id = EventID(String(words[0])), let position = Position(words[1]) else {
                return nil
            }
            return (id, position)
        }
    }
}
