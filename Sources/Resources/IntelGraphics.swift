/// Intel's cards, by the files of the kernel's drivers i915 and xe (Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon,
/// sysfs-driver-intel-xe-hwmon; drivers/gpu/drm/xe/xe_gt_throttle.c).
///
/// Neither driver tells utilisation, memory in use or power in a file; energy and temperature only of cards of their own, not
/// of graphics inside a processor, whose energy is part of the package's.
struct IntelGraphics: GraphicsCards {
    static let vendor = "0x8086"
    let cards: [DRMCard]
    /// Of each card, the files that hold 1 while the clock of one of its parts is held down.
    private let throttleFiles: [[String]]

    init(cards: [DRMCard]) {
        self.cards = cards
        throttleFiles = cards.map(Self.throttleFiles)
    }

    func descriptions() -> [HostDescription.GPU] {
        cards.map { HostDescription.GPU(name: $0.name(of: "Intel"), driver: $0.driver) }
    }

    func readings() -> [ResourceReading.GPU] {
        cards.enumerated().map { index, card in
            var reading = ResourceReading.GPU(index: UInt32(index))
            // Microjoules, unfolded by the driver: of the card, or of its package where the card has no meter.
            reading.energyJoules =
                (card.sensor("energy1_input") ?? card.sensor("energy2_input")).map { Double($0) / 1_000_000 }
            // Thousandths of a degree; xe numbers the package's sensor 2.
            reading.temperatureCelsius =
                (card.sensor("temp1_input") ?? card.sensor("temp2_input")).map { Double($0) / 1000 }
            let held = throttleFiles[index].compactMap(PlainFile.number)
            reading.throttled = held.isEmpty ? nil : held.contains { $0 > 0 }
            return reading
        }
    }

    /// i915: `card0/gt/gt0/throttle_reason_status`; xe: `device/tile0/gt0/freq0/throttle/status`.
    private static func throttleFiles(of card: DRMCard) -> [String] {
        let parts = { (folder: String, prefix: String) in
            PlainFile.names(in: folder).filter { $0.hasPrefix(prefix) }.sorted().map { "\(folder)/\($0)" }
        }
        let older = parts("\(card.folder)/gt", "gt").map { "\($0)/throttle_reason_status" }
        let newer = parts(card.device, "tile").flatMap { parts($0, "gt") }.map { "\($0)/freq0/throttle/status" }
        return (older + newer).filter { PlainFile.number($0) != nil }
    }
}
