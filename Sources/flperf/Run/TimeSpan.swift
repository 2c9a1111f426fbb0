import ArgumentParser

/// A duration as people write it: `50ms`, `1.5s`, `2m`, `7d`, `100us`.
struct TimeSpan: ExpressibleByArgument {
    var duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        let units: [(String, Double)] = [
            ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400),
        ]
        guard let (suffix, factor) = units.first(where: { argument.hasSuffix($0.0) }),
            let number = Double(argument.dropLast(suffix.count)), number.isFinite, number >= 0, number * factor < 1e9
        else { return nil }
        duration = .nanoseconds(Int64((number * factor * 1e9).rounded()))
    }

    var defaultValueDescription: String { "\(duration)" }
}
