import Foundation
import Testing

@testable import Resources

@Suite struct PackageEnergyTests {
    /// A powercap folder with the given zones: name → (label, energy, range).
    func withZones(_ zones: [String: (String, String, String)], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("powercap-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (zone, files) in zones {
            let path = folder.appendingPathComponent(zone)
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            try files.0.write(to: path.appendingPathComponent("name"), atomically: false, encoding: .utf8)
            try files.1.write(to: path.appendingPathComponent("energy_uj"), atomically: false, encoding: .utf8)
            try files.2.write(
                to: path.appendingPathComponent("max_energy_range_uj"), atomically: false, encoding: .utf8)
        }
        try body(folder.path)
    }

    @Test func packagesAreAddedUpAndPartsLeftOut() throws {
        let zones = [
            "intel-rapl:0": ("package-0\n", "1000000\n", "9000000\n"),
            "intel-rapl:1": ("package-1\n", "8000000\n", "9000000\n"),
            "intel-rapl:0:0": ("core\n", "1\n", "9000000\n"),
            "intel-rapl:2": ("psys\n", "1\n", "9000000\n"),
        ]
        try withZones(zones) { folder in
            var energy = try PackageEnergy.open(folder: folder).get()
            #expect(energy.read() == 0)

            try "3500000\n".write(toFile: folder + "/intel-rapl:0/energy_uj", atomically: false, encoding: .utf8)
            try "500000\n".write(toFile: folder + "/intel-rapl:1/energy_uj", atomically: false, encoding: .utf8)
            try "777\n".write(toFile: folder + "/intel-rapl:0:0/energy_uj", atomically: false, encoding: .utf8)

            #expect(energy.read() == 2.5 + 1.5)  // the second wrapped around at 9 J
        }
    }

    @Test func aFolderWithoutCountersSaysSo() throws {
        try withZones([:]) { folder in
            guard case .failure(let missing) = PackageEnergy.open(folder: folder) else {
                Issue.record("found a counter in an empty folder")
                return
            }
            #expect(missing.reason == "no RAPL counter in \(folder)")
        }
    }

    @Test func aCounterThatVanishedIsUnknown() throws {
        try withZones(["intel-rapl:0": ("package-0\n", "1\n", "9\n")]) { folder in
            var energy = try PackageEnergy.open(folder: folder).get()
            try FileManager.default.removeItem(atPath: folder + "/intel-rapl:0/energy_uj")

            #expect(energy.read() == nil)
        }
    }

    @Test func aFileWithoutPermissionIsNamedAsSuch() {
        #expect(ReadFailure(path: "/sys/x", code: EACCES).description == "no permission to read /sys/x")
        #expect(ReadFailure(path: "/sys/x", code: ENOENT).description == "/sys/x not found")
    }
}
