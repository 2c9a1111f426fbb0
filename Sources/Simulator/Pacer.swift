import Collections
import Foundation
import Streaming

/// The thread that writes each chunk when it is due. It does nothing else, so that nothing makes it late.
///
/// Every instant is counted from the request, not from the write before: lateness does not add up.
final class Pacer: Sendable {
    private let inbox = Alarm(Inbox())
    private let finished: @Sendable (PacedAnswer) -> Void

    private struct Inbox {
        var arrived: [PacedAnswer] = []
        var stopping = false
    }

    private struct Turn: Comparable {
        var due: Int64
        var answer: PacedAnswer

        static func < (one: Turn, other: Turn) -> Bool { one.due < other.due }
        static func == (one: Turn, other: Turn) -> Bool { one.due == other.due }
    }

    /// A pacer that hands each answer back, on its own thread, when it is over.
    init(finished: @escaping @Sendable (PacedAnswer) -> Void) {
        self.finished = finished
    }

    func begin(_ answer: PacedAnswer) {
        inbox.change { $0.arrived.append(answer) }
    }

    func stop() {
        inbox.change { $0.stopping = true }
    }

    /// Runs until `stop`; answers that are not over by then are handed back as they are.
    func run() {
        sharpenTimer()
        var turns = Heap<Turn>()
        while true {
            let news = inbox.wait(until: turns.min?.due, now: MonotonicTime.now) { inbox in
                if inbox.arrived.isEmpty && !inbox.stopping { return nil as Inbox? }
                defer { inbox.arrived.removeAll() }
                return inbox
            }
            for answer in news?.arrived ?? [] { turns.insert(Turn(due: answer.due, answer: answer)) }
            if news?.stopping == true { break }
            while let turn = turns.min, turn.due <= MonotonicTime.now() {
                turns.removeMin()
                if let due = turn.answer.step() {
                    turns.insert(Turn(due: due, answer: turn.answer))
                } else {
                    finished(turn.answer)
                }
            }
        }
        for turn in turns.unordered { finished(turn.answer) }
    }

    /// Linux lets a thread sleep up to 50 µs longer than it asked, to save power. This thread asks for 1 µs; where that is
    /// refused, chunks are that much later.
    private func sharpenTimer() {
        #if os(Linux)
        // The link's target is `<process>/task/<thread>`; the setting lies with the thread's own number.
        let me = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        if let id = me?.split(separator: "/").last, let file = fopen("/proc/\(id)/timerslack_ns", "w") {
            fputs("1000", file)
            fclose(file)
        }
        #endif
    }
}
