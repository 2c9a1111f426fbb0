/// The graphics cards of one make, and how they are asked.
protocol GraphicsCards: Sendable {
    /// What they are; of each, what a reader must know.
    func descriptions() -> [HostDescription.GPU]
    /// What they are doing now, one a card in the same order, counted from 0.
    func readings() -> [ResourceReading.GPU]
}

/// All graphics cards of this host: NVIDIA's first, then AMD's, then Intel's.
struct Graphics: Sendable {
    private let makes: [any GraphicsCards]
    /// Why cards, or some of their values, can't be read.
    let unavailable: [String]

    /// Looks for cards. `root` stands before `/sys`; empty but for tests.
    static func open(root: String = "", nvml: Result<NVML, Unavailable> = NVML.shared) -> Graphics {
        let cards = DRMCard.all(root: root)
        let amd = AMDGraphics(cards: cards.filter { $0.vendor == AMDGraphics.vendor })
        let intel = IntelGraphics(cards: cards.filter { $0.vendor == IntelGraphics.vendor })
        var reasons: [String] = []
        var makes: [any GraphicsCards] = [amd, intel]
        switch nvml {
        case .success(let nvml): makes.insert(nvml, at: 0)
        case .failure(let missing):
            let others = amd.cards.isEmpty && intel.cards.isEmpty
            reasons.append("gpu: \(missing.reason)" + (others ? "; no card of AMD or Intel in \(DRMCard.home)" : ""))
        }
        return Graphics(makes: makes, reasons: reasons)
    }

    private init(makes: [any GraphicsCards], reasons: [String]) {
        self.makes = makes
        let cards = zip(makes.flatMap { $0.descriptions() }, Self.readings(of: makes))
        unavailable = reasons + cards.compactMap { $1.missing(from: $0.name) }
    }

    func descriptions() -> [HostDescription.GPU] { makes.flatMap { $0.descriptions() } }

    func readings() -> [ResourceReading.GPU] { Self.readings(of: makes) }

    private static func readings(of makes: [any GraphicsCards]) -> [ResourceReading.GPU] {
        makes.flatMap { $0.readings() }.enumerated().map { index, card in
            var card = card
            card.index = UInt32(index)
            return card
        }
    }
}

extension ResourceReading.GPU {
    /// What is unknown of a card whose driver was asked for everything; nil when nothing is.
    fileprivate func missing(from name: String) -> String? {
        let values = [
            ("utilisation", utilisationPercent == nil), ("memory", memoryUsedBytes == nil),
            ("power", powerWatts == nil),
            ("temperature", temperatureCelsius == nil), ("energy", energyJoules == nil),
            ("throttling", throttled == nil),
        ]
        let missing = values.filter(\.1).map(\.0)
        return missing.isEmpty
            ? nil : "gpu \(index) (\(name)): \(missing.joined(separator: ", ")): its driver does not tell"
    }
}
