/// What went on during a run that spoils its figures, seen in the readings of its resources.
public struct DisturbanceWatch: Sendable {
    private var throttles = Span()
    private var swap = Span()
    private var heldUp = Span()
    private var readings = 0
    /// Readings in which a card's clock was held down, by the card's index.
    private var heldDown: [UInt32: Int] = [:]

    /// The first value of a counter and the latest.
    private struct Span {
        var first: UInt64?
        var last: UInt64?

        var growth: UInt64 { last.map { $0 - min(first ?? $0, $0) } ?? 0 }

        mutating func take(_ value: UInt64?) {
            guard let value else { return }
            if first == nil { first = value }
            last = value
        }
    }

    /// A watch that has seen nothing.
    public init() {}

    /// Takes one reading into account.
    public mutating func take(_ reading: ResourceReading) {
        readings += 1
        throttles.take(reading.processorThrottles)
        swap.take(reading.swapUsedBytes)
        heldUp.take(reading.controlGroup?.throttledNanoseconds)
        for card in reading.gpus where card.throttled == true { heldDown[card.index, default: 0] += 1 }
    }

    /// The process whose readings come from now on is another one.
    public mutating func changeProcess() { heldUp = Span() }

    /// What was noticed so far, in sentences.
    public var warnings: [String] {
        var warnings: [String] = []
        if throttles.growth > 0 {
            warnings.append(
                "The processor was slowed down for its heat \(throttles.growth) times during the run: let it cool, or cool it better."
            )
        }
        for (card, times) in heldDown.sorted(by: { $0.key < $1.key }) {
            warnings.append(
                "The clock of GPU \(card) was held down for heat or power in \(times) of \(readings) readings.")
        }
        if heldUp.growth >= 1_000_000 {
            warnings.append(
                "The server was held up for \(heldUp.growth / 1_000_000) ms by the CPU limit of its control group.")
        }
        if swap.growth >= 1 << 20 {
            warnings.append(
                "Swap in use grew by \(swap.growth >> 20) MiB during the run: a model that is paged out is slow.")
        }
        return warnings
    }
}
