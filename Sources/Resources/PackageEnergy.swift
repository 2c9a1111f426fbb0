/// The energy counters of the processor packages (RAPL), unfolded and added up.
struct PackageEnergy: Sendable {
    struct Counter: Sendable {
        var path: String
        /// The counter starts again at 0 after this many microjoules.
        var range: UInt64
        var last: UInt64
    }

    private var counters: [Counter]
    private var microjoules: UInt64 = 0

    /// Finds the packages' counters, or says why there are none.
    ///
    /// Only the packages: their parts (`intel-rapl:0:1`) are in them. AMD processors appear under Intel's name as well.
    static func open(folder: String = "/sys/class/powercap") -> Result<PackageEnergy, Unavailable> {
        let zones = PlainFile.names(in: folder)
            .filter { $0.hasPrefix("intel-rapl:") && $0.split(separator: ":").count == 2 }.sorted()
        guard !zones.isEmpty else { return .failure(Unavailable(reason: "no RAPL counter in \(folder)")) }
        var counters: [Counter] = []
        for zone in zones {
            // The platform's own zone (psys) contains the packages.
            guard PlainFile.text("\(folder)/\(zone)/name")?.hasPrefix("package") ?? true else { continue }
            let path = "\(folder)/\(zone)/energy_uj"
            do {
                guard let value = PlainFile.leadingNumber(of: try PlainFile.contents(path)) else {
                    return .failure(Unavailable(reason: "\(path) holds no number"))
                }
                let range = PlainFile.number("\(folder)/\(zone)/max_energy_range_uj")
                counters.append(Counter(path: path, range: range ?? UInt64.max, last: value))
            } catch {
                return .failure(Unavailable(reason: error.description))
            }
        }
        guard !counters.isEmpty else { return .failure(Unavailable(reason: "no RAPL package in \(folder)")) }
        return .success(PackageEnergy(counters: counters))
    }

    private init(counters: [Counter]) {
        self.counters = counters
    }

    /// Joules since the counters were found; nil when one can't be read any more.
    mutating func read() -> Double? {
        for index in counters.indices {
            guard let now = PlainFile.number(counters[index].path) else { return nil }
            microjoules += Self.difference(from: counters[index].last, to: now, range: counters[index].range)
            counters[index].last = now
        }
        return Double(microjoules) / 1_000_000
    }

    static func difference(from last: UInt64, to now: UInt64, range: UInt64) -> UInt64 {
        now >= last ? now - last : range - min(last, range) + now
    }
}
