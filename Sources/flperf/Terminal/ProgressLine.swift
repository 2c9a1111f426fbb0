import Foundation
import Synchronization

/// How far long work has come, on standard error: one line redrawn on a terminal, else a line every 10 seconds.
final class ProgressLine: Sendable {
    private struct State {
        var lastDrawn: ContinuousClock.Instant?
        var isDrawn = false
    }
    private let state = Mutex(State())
    private let started = ContinuousClock.now
    private let label: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let isQuiet: Bool

    init(_ label: String, isQuiet: Bool = false) {
        self.label = label
        self.isQuiet = isQuiet
    }

    /// - Parameters:
    ///   - total: nil when that is not known beforehand.
    ///   - detail: what is going on, after the bar.
    func update<Number: BinaryInteger>(_ done: Number, of total: Number?, _ detail: String = "") {
        guard !isQuiet else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            let pause: Duration = isTerminal ? .milliseconds(80) : .seconds(10)
            if let last = state.lastDrawn {
                guard now - last >= pause || (isTerminal && done == total) else { return }
            } else if !isTerminal {
                // Work that is done within ten seconds needs no line in a file.
                state.lastDrawn = now
                return
            }
            state.lastDrawn = now
            state.isDrawn = true
            let share = total.map { $0 > 0 ? min(1, Double(done) / Double($0)) : 1 }
            let numbers = Figures.count(done) + (total.map { " of \(Figures.count($0))" } ?? "") + rest(share, now)
            let text =
                isTerminal
                ? "\r\u{1b}[K\(label) \(share.map { bar($0) + " " } ?? "")\(numbers) \(Style.error.dim(detail))"
                : "\(label): \(numbers) \(detail)\n"
            FileHandle.standardError.write(Data(text.utf8))
        }
    }

    /// Takes the line away, so that what follows starts on a clean one.
    func end() {
        state.withLock { state in
            guard isTerminal, state.isDrawn else { return }
            FileHandle.standardError.write(Data("\r\u{1b}[K".utf8))
            state.isDrawn = false
        }
    }

    /// How long it will still take; empty while too little is done to tell.
    private func rest(_ share: Double?, _ now: ContinuousClock.Instant) -> String {
        guard let share, share > 0.02, share < 1 else { return "" }
        let elapsed = seconds(now - started)
        return ", \(Figures.duration(elapsed / share - elapsed)) left"
    }

    private func bar(_ share: Double) -> String {
        let width = 24
        let full = Int(share * Double(width))
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
