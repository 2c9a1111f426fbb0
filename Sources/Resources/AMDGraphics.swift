/// AMD's cards, by the files of the kernel's driver (Documentation/gpu/amdgpu/thermal.rst and driver-misc.rst).
///
/// The driver counts no energy, and tells in no file of one value whether it holds the clock down: both are null.
struct AMDGraphics: GraphicsCards {
    static let vendor = "0x1002"
    let cards: [DRMCard]

    func descriptions() -> [HostDescription.GPU] {
        cards.map {
            HostDescription.GPU(
                name: $0.name(of: "AMD"), memoryBytes: $0.number("mem_info_vram_total"), driver: $0.driver)
        }
    }

    func readings() -> [ResourceReading.GPU] {
        cards.enumerated().map { index, card in
            var reading = ResourceReading.GPU(index: UInt32(index))
            reading.utilisationPercent = card.number("gpu_busy_percent").map(Double.init)
            reading.memoryUsedBytes = card.number("mem_info_vram_used")
            // Microwatts; newer cards tell the present power and no average.
            reading.powerWatts =
                (card.sensor("power1_average") ?? card.sensor("power1_input")).map { Double($0) / 1_000_000 }
            // Thousandths of a degree, at the chip's edge.
            reading.temperatureCelsius = card.sensor("temp1_input").map { Double($0) / 1000 }
            return reading
        }
    }
}
