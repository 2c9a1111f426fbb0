/// How far the wall clock is ahead of the monotonic clock, learnt from readings of both, and whether it was set meanwhile.
///
/// Both clocks are slewed alike, so the difference is constant until somebody sets the wall clock, a leap second comes or
/// the machine sleeps. Each reading bounds it; one that contradicts the readings before it tells that the clock was set.
struct WallClock {
    private var difference: ClosedRange<Int64>?
    private var trustedFrom = Int64.min
    private var lastReading = Int64.min

    /// How far readings may contradict each other and still count as agreeing; nanoseconds.
    static let tolerance: Int64 = 1000
    /// How long after a set clock was noticed a stamp may be one of the old clock, waiting to be read; nanoseconds.
    static let settling: Int64 = 1_000_000_000

    /// Takes one reading of the wall clock, made between two of the monotonic clock. Nanoseconds each.
    mutating func take(_ wall: Int64, between before: Int64, and after: Int64) {
        lastReading = after
        let reading = (wall - after - Self.tolerance)...(wall - before + Self.tolerance)
        guard let known = difference else { return difference = reading }
        if known.overlaps(reading) {
            difference = known.clamped(to: reading)
        } else {
            difference = reading
            trustedFrom = after + Self.settling
        }
    }

    /// The instant of the monotonic clock at which the wall clock showed this; nil before the first reading, and for a
    /// second after the wall clock was set, because which of the two clocks it came from can't be told.
    func monotonic(_ wall: Int64) -> Int64? {
        guard let difference, lastReading >= trustedFrom else { return nil }
        return wall - (difference.lowerBound + (difference.upperBound - difference.lowerBound) / 2)
    }
}
