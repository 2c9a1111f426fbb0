import Foundation
import Testing

@testable import Resources

@Suite struct GraphicsTests {
    static let noLibrary: Result<NVML, Unavailable> = .failure(Unavailable(reason: "libnvidia-ml.so.1 not found"))

    static let amd = [
        "sys/class/drm/card1/device/vendor": "0x1002\n", "sys/class/drm/card1/device/device": "0x744c\n",
        "sys/class/drm/card1/device/product_name": "Some Radeon\n",
        "sys/class/drm/card1/device/gpu_busy_percent": "0\n",
        "sys/class/drm/card1/device/mem_info_vram_total": "25753026560\n",
        "sys/class/drm/card1/device/mem_info_vram_used": "1048576\n",
        "sys/class/drm/card1/device/hwmon/hwmon3/name": "amdgpu\n",
        "sys/class/drm/card1/device/hwmon/hwmon3/power1_average": "71500000\n",
        "sys/class/drm/card1/device/hwmon/hwmon3/temp1_input": "41500\n",
        // A connector of the card is no card.
        "sys/class/drm/card1-DP-1/device/vendor": "0x1002\n",
    ]

    @Test func anAMDCardIsReadByItsFiles() throws {
        try withFiles(Self.amd, links: ["sys/class/drm/card1/device/driver": "../../../bus/pci/drivers/amdgpu"]) {
            root in
            let graphics = Graphics.open(root: root, nvml: Self.noLibrary)

            #expect(
                graphics.descriptions() == [
                    HostDescription.GPU(name: "Some Radeon", memoryBytes: 25_753_026_560, driver: "amdgpu")
                ])
            let card = try #require(graphics.readings().first)
            #expect(card.utilisationPercent == 0)
            #expect(card.memoryUsedBytes == 1_048_576)
            #expect(card.powerWatts == 71.5)
            #expect(card.temperatureCelsius == 41.5)
            #expect(card.energyJoules == nil)
            #expect(card.throttled == nil)
            #expect(
                graphics.unavailable == [
                    "gpu: libnvidia-ml.so.1 not found",
                    "gpu 0 (Some Radeon): energy, throttling: its driver does not tell",
                ])
        }
    }

    @Test func aNewerAMDCardTellsItsPresentPower() throws {
        var files = Self.amd
        files["sys/class/drm/card1/device/hwmon/hwmon3/power1_average"] = nil
        files["sys/class/drm/card1/device/hwmon/hwmon3/power1_input"] = "8000000\n"
        try withFiles(files) { root in
            #expect(Graphics.open(root: root, nvml: Self.noLibrary).readings().map(\.powerWatts) == [8])
        }
    }

    @Test(arguments: [
        (["device/hwmon/hwmon1/energy1_input": "5000000\n"], 5.0, "gt/gt0/throttle_reason_status"),
        (["device/hwmon/hwmon1/energy2_input": "7000000\n"], 7.0, "device/tile0/gt0/freq0/throttle/status"),
    ])
    func anIntelCardTellsEnergyAndThrottling(_ sensor: [String: String], _ joules: Double, _ status: String) throws {
        let card = "sys/class/drm/card0"
        var files = ["\(card)/device/vendor": "0x8086\n", "\(card)/device/device": "0x56a0\n"]
        files["\(card)/\(status)"] = "0\n"
        for (name, content) in sensor { files["\(card)/\(name)"] = content }
        try withFiles(files) { root in
            let graphics = Graphics.open(root: root, nvml: Self.noLibrary)
            let before = try #require(graphics.readings().first)
            try write("1\n", to: "\(root)/\(card)/\(status)")
            let after = try #require(graphics.readings().first)

            #expect(graphics.descriptions().map(\.name) == ["Intel GPU 0x56a0"])
            #expect(before.energyJoules == joules)
            #expect(before.throttled == false)
            #expect(after.throttled == true)
            #expect(after.utilisationPercent == nil)
        }
    }

    @Test func cardsOfSeveralMakesAreCountedTogether() throws {
        var files = Self.amd
        files["sys/class/drm/card0/device/vendor"] = "0x8086\n"
        files["sys/class/drm/card2/device/vendor"] = "0x10de\n"  // known by its library alone
        try withFiles(files) { root in
            let graphics = Graphics.open(root: root, nvml: Self.noLibrary)

            #expect(graphics.descriptions().map(\.name) == ["Some Radeon", "Intel GPU"])
            #expect(graphics.readings().map(\.index) == [0, 1])
            #expect(graphics.readings().map(\.powerWatts) == [71.5, nil])
        }
    }

    @Test func aHostWithoutCardsSaysWhatWasLookedFor() throws {
        try withFiles([:]) { root in
            let graphics = Graphics.open(root: root, nvml: Self.noLibrary)

            #expect(graphics.readings().isEmpty)
            #expect(
                graphics.unavailable == [
                    "gpu: libnvidia-ml.so.1 not found; no card of AMD or Intel in /sys/class/drm"
                ])
        }
    }
}
