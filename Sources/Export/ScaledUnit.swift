/// Units as people write them, for values that are compared with a figure in another unit of the same kind.
enum ScaledUnit {
    /// What a value in one unit is multiplied by to be in another; nil when they are of different kinds.
    ///
    /// - Parameters:
    ///   - given: such as `ms`, `s`, `tok/s`, `%`; empty for the figure's own.
    ///   - unit: of the figure.
    static func factor(from given: String, to unit: String) -> Double? {
        guard !given.isEmpty, given != unit else { return 1 }
        guard let (left, right) = pair(given, unit), left.count == right.count else { return nil }
        var factor = 1.0
        for (index, parts) in zip(left, right).enumerated() {
            guard let from = parts.0.kind, let to = parts.1.kind, from.name == to.name else { return nil }
            factor *= index == 0 ? from.scale / to.scale : to.scale / from.scale
        }
        return factor
    }

    /// Both as what stands above and below the line.
    private static func pair(_ a: String, _ b: String) -> ([Substring], [Substring])? {
        let parts = [a, b].map { $0.split(separator: "/", omittingEmptySubsequences: false) }
        return parts.allSatisfy { (1...2).contains($0.count) } ? (parts[0], parts[1]) : nil
    }
}

extension Substring {
    /// What it measures, and how many of the kind's first unit it is.
    fileprivate var kind: (name: String, scale: Double)? {
        let word = trimmingPrefix(" ").prefix { $0 != " " }
        for (name, units) in Self.kinds {
            if let scale = units[String(word)] { return (name, scale) }
        }
        return nil
    }

    private static let kinds: [(name: String, units: [String: Double])] = [
        ("time", ["ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600]),
        ("tokens", ["token": 1, "tokens": 1, "tok": 1]), ("requests", ["request": 1, "requests": 1, "req": 1]),
        ("share", ["share": 1, "%": 0.01]), ("chunks", ["chunk": 1, "chunks": 1]),
        (
            "bytes",
            ["byte": 1, "bytes": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9]
                .merging(["KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30]) { $1 }
        ),
        ("energy", ["J": 1, "kJ": 1e3, "Wh": 3600]), ("power", ["W": 1, "kW": 1e3]),
    ]
}
