import Foundation
import Testing

@testable import Resources

/// A library of ours with NVML's names stands in for the real one: no test machine is bound to have such a card.
@Suite struct NVMLTests {
    static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/opt/swift/usr/bin/clang"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    static let complete = """
        #include <string.h>
        typedef struct { unsigned gpu, memory; } rates;
        typedef struct { unsigned long long total, free, used; } bytes;
        int nvmlInit_v2(void) { return 0; }
        int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { *d = (void *)(long)(i + 1); return 0; }
        int nvmlDeviceGetName(void *d, char *s, unsigned n) {
            strncpy(s, d == (void *)1 ? "Card A" : "Card B", n);
            return 0;
        }
        int nvmlSystemGetDriverVersion(char *s, unsigned n) { strncpy(s, "555.42", n); return 0; }
        int nvmlDeviceGetMemoryInfo(void *d, bytes *b) { b->total = 8000; b->free = 5000; b->used = 3000; return 0; }
        int nvmlDeviceGetUtilizationRates(void *d, rates *r) { r->gpu = 0; r->memory = 7; return 0; }
        int nvmlDeviceGetPowerUsage(void *d, unsigned *mw) { *mw = 71500; return d == (void *)1 ? 0 : 3; }
        int nvmlDeviceGetTemperature(void *d, unsigned sensor, unsigned *t) { *t = 41 + sensor; return 0; }
        int nvmlDeviceGetTotalEnergyConsumption(void *d, unsigned long long *mj) {
            *mj = 5250;
            return d == (void *)1 ? 0 : 3;
        }
        int nvmlDeviceGetCurrentClocksThrottleReasons(void *d, unsigned long long *reasons) {
            *reasons = d == (void *)1 ? 0x40 | 0x1 : 0x1 | 0x2;
            return 0;
        }
        """

    func withLibrary(_ source: String, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nvml-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let code = folder.appendingPathComponent("nvml.c")
        let library = folder.appendingPathComponent("libnvml.so")
        try source.write(to: code, atomically: false, encoding: .utf8)
        let compiler = try #require(Self.compiler)
        let process = try Process.run(
            URL(fileURLWithPath: compiler), arguments: ["-shared", "-fPIC", "-o", library.path, code.path])
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        try body(library.path)
    }

    @Test(.enabled(if: compiler != nil)) func everyFigureIsReadAndARefusedOneIsUnknown() throws {
        try withLibrary(Self.complete) { path in
            let nvml = try NVML.open(library: path).get()

            #expect(
                nvml.descriptions() == [
                    HostDescription.GPU(name: "Card A", memoryBytes: 8000, driver: "555.42"),
                    HostDescription.GPU(name: "Card B", memoryBytes: 8000, driver: "555.42"),
                ])
            let readings = nvml.readings()
            #expect(readings.map(\.index) == [0, 1])
            #expect(readings.map(\.utilisationPercent) == [0, 0])  // 0 is a figure, not an absence
            #expect(readings.map(\.memoryUsedBytes) == [3000, 3000])
            #expect(readings.map(\.powerWatts) == [71.5, nil])
            #expect(readings.map(\.temperatureCelsius) == [41, 41])
            #expect(readings.map(\.energyJoules) == [5.25, nil])
            #expect(readings.map(\.throttled) == [true, false])  // heat; idle or set by somebody is no reason

            let graphics = Graphics.open(root: "/nowhere", nvml: .success(nvml))
            #expect(graphics.unavailable == ["gpu 1 (Card B): power, energy: its driver does not tell"])
        }
    }

    @Test(.enabled(if: compiler != nil)) func aDriverThatDoesNotStartSaysWhy() throws {
        let source = """
            int nvmlInit_v2(void) { return 9; }
            int nvmlDeviceGetCount_v2(unsigned *n) { return 1; }
            int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { return 1; }
            """
        try withLibrary(source) { path in
            #expect(throws: Unavailable(reason: "\(path) could not be started: NVML error 9")) {
                try NVML.open(library: path).get()
            }
        }
    }

    @Test(.enabled(if: compiler != nil)) func aLibraryWithoutTheOptionalCallsGivesUnknowns() throws {
        let source = """
            int nvmlInit_v2(void) { return 0; }
            int nvmlDeviceGetCount_v2(unsigned *n) { *n = 1; return 0; }
            int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { *d = (void *)1; return 0; }
            """
        try withLibrary(source) { path in
            let nvml = try NVML.open(library: path).get()

            #expect(nvml.readings() == [ResourceReading.GPU(index: 0)])
        }
    }

    @Test func aMissingLibraryIsNamed() {
        #expect(throws: Unavailable(reason: "libno-such-nvml.so.9 not found")) {
            try NVML.open(library: "libno-such-nvml.so.9").get()
        }
    }
}
