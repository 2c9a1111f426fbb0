import Foundation

/// Where values lie on an axis.
struct Scale {
    /// What the axis reaches from and to: round numbers that cover the data.
    let low: Double
    let high: Double
    let isLogarithmic: Bool
    /// Where the axis begins and ends on the drawing.
    let start: Double
    let end: Double
    let ticks: [Double]

    /// What a value, or its logarithm, is multiplied by and then added to.
    private let factor: Double
    private let offset: Double

    init(low: Double, high: Double, isLogarithmic: Bool, start: Double, end: Double, ticks: [Double]) {
        (self.low, self.high, self.isLogarithmic) = (low, high, isLogarithmic)
        (self.start, self.end, self.ticks) = (start, end, ticks)
        let (first, last) = isLogarithmic ? (log(low), log(high)) : (low, high)
        factor = (end - start) / (last - first)
        offset = start - first * factor
    }

    func place(_ value: Double) -> Double { (isLogarithmic ? log(max(value, low)) : value) * factor + offset }

    /// From zero, so that lengths may be compared.
    static func fromZero(to largest: Double, _ start: Double, _ end: Double, count: Int = 4) -> Scale {
        let top = largest.isFinite && largest > 0 ? largest : 1
        let step = roundStep(top / Double(count))
        let steps = max(1, (top / step - 1e-9).rounded(.up))
        return Scale(
            low: 0, high: step * steps, isLogarithmic: false, start: start, end: end,
            ticks: (0...Int(steps)).map { Double($0) * step })
    }

    /// Around the values, not from zero: for places, not lengths.
    static func around(_ values: some Sequence<Double>, _ start: Double, _ end: Double, count: Int = 4) -> Scale {
        let finite = values.filter(\.isFinite)
        guard var low = finite.min(), var high = finite.max() else { return fromZero(to: 1, start, end) }
        if low == high { (low, high) = low == 0 ? (0, 1) : (low - abs(low) * 0.1, high + abs(high) * 0.1) }
        let step = roundStep((high - low) / Double(count))
        low = (low / step + 1e-9).rounded(.down) * step
        high = (high / step - 1e-9).rounded(.up) * step
        let steps = max(1, Int(((high - low) / step).rounded()))
        return Scale(
            low: low, high: high, isLogarithmic: false, start: start, end: end,
            ticks: (0...steps).map { low + Double($0) * step })
    }

    /// By powers of ten, for values above zero that lie far apart. Where one can be had it must be labelled as such.
    static func logarithmic(_ values: some Sequence<Double>, _ start: Double, _ end: Double) -> Scale {
        let positive = values.filter { $0.isFinite && $0 > 0 }
        guard let least = positive.min(), let most = positive.max() else { return fromZero(to: 1, start, end) }
        let low = roundDown(least)
        var high = roundUp(most)
        if high <= low { high = low * 2 }
        let decades = log10(high / low)
        let steps: [Double] = decades > 3 ? [1] : decades > 1.6 ? [1, 2, 5] : [1, 2, 3, 5, 7]
        var ticks: [Double] = []
        var decade = pow(10, log10(low).rounded(.down))
        while decade <= high * 1.0001 {
            ticks += steps.map { $0 * decade }.filter { $0 >= low * 0.9999 && $0 <= high * 1.0001 }
            decade *= 10
        }
        return Scale(low: low, high: high, isLogarithmic: true, start: start, end: end, ticks: ticks)
    }

    /// Logarithmic where the values span more than a factor of 20, else from zero.
    static func suited(to values: [Double], _ start: Double, _ end: Double) -> Scale {
        let positive = values.filter { $0.isFinite && $0 > 0 }
        guard let least = positive.min(), let most = positive.max(), most / least > 20 else {
            return fromZero(to: values.filter(\.isFinite).max() ?? 1, start, end)
        }
        return logarithmic(values, start, end)
    }

    private static func roundStep(_ rough: Double) -> Double {
        let power = pow(10, log10(max(rough, 1e-12)).rounded(.down))
        let part = rough / power
        return (part <= 1.0001 ? 1 : part <= 2.0001 ? 2 : part <= 5.0001 ? 5 : 10) * power
    }

    private static func roundDown(_ value: Double) -> Double {
        let power = pow(10, log10(value).rounded(.down))
        return ([7, 5, 3, 2, 1].first { $0 * power <= value * 1.0001 } ?? 1) * power
    }

    private static func roundUp(_ value: Double) -> Double {
        let power = pow(10, log10(value).rounded(.down))
        return ([1, 2, 3, 5, 7, 10].first { $0 * power >= value * 0.9999 } ?? 10) * power
    }
}
