/// A graphics card as the kernel's drivers present it in `/sys/class/drm`.
struct DRMCard: Sendable, Equatable {
    /// Folder of the card.
    var folder: String
    /// PCI vendor, such as `0x1002`.
    var vendor: String
    /// Folder of the driver's sensors (hwmon); nil when it has none.
    var sensors: String?
    /// Name of the kernel's driver, such as `amdgpu`.
    var driver: String?

    /// Folder of its device on the PCI bus.
    var device: String { "\(folder)/device" }

    /// Where the cards are.
    static let home = "/sys/class/drm"

    /// Every card, by its number. Its connectors (`card0-DP-1`) are no cards.
    static func all(root: String) -> [DRMCard] {
        PlainFile.names(in: root + home)
            .filter { $0.hasPrefix("card") }
            .compactMap { name in Int(name.dropFirst(4)).map { (number: $0, name: name) } }
            .sorted { $0.number < $1.number }
            .compactMap { DRMCard(folder: "\(root)\(home)/\($0.name)") }
    }

    /// Nil for a device that is not on the PCI bus.
    private init?(folder: String) {
        let device = "\(folder)/device"
        guard let vendor = PlainFile.word("\(device)/vendor") else { return nil }
        self.folder = folder
        self.vendor = vendor
        driver = PlainFile.target(ofLink: "\(device)/driver")?.split(separator: "/").last.map(String.init)
        // A driver may have sensors for parts of the card beside those of the whole, which come first.
        sensors = PlainFile.names(in: "\(device)/hwmon").sorted { ($0.count, $0) < ($1.count, $1) }.first
            .map { "\(device)/hwmon/\($0)" }
    }

    /// A number of the device's own; nil when it has no such file.
    func number(_ file: String) -> UInt64? { PlainFile.number("\(device)/\(file)") }

    /// A sensor's number; nil when there is no such sensor.
    func sensor(_ file: String) -> UInt64? { sensors.flatMap { PlainFile.number("\($0)/\(file)") } }

    /// The name that its firmware gives it, else the maker's number of it.
    func name(of maker: String) -> String {
        if let name = PlainFile.text("\(device)/product_name")?.split(separator: "\n").first, !name.isEmpty {
            return String(name)
        }
        return "\(maker) GPU \(PlainFile.word("\(device)/device") ?? "")".trimmed
    }
}
