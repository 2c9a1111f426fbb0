import Testing

@testable import Resources

@Suite struct MemoryUseTests {
    @Test func usedIsWhatIsNotAvailable() throws {
        let text = "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 750 kB\nSwapTotal: 50 kB\nSwapFree: 40 kB\n"

        let memory = try #require(MemoryUse(parsing: text))

        #expect(memory.total == 1_024_000)
        #expect(memory.used == 256_000)
        #expect(memory.usedPercent == 25)
        #expect(memory.swapUsed == 10_240)
    }

    @Test func missingSwapLinesAreUnknownNotZero() throws {
        let memory = try #require(MemoryUse(parsing: "MemTotal: 10 kB\nMemAvailable: 5 kB\n"))

        #expect(memory.swapUsed == nil)
    }

    @Test(arguments: ["", "MemTotal: 10 kB\n", "MemAvailable: 10 kB\n", "MemTotal: 0 kB\nMemAvailable: 0 kB\n"])
    func withoutBothFiguresNothingIsKnown(_ text: String) {
        #expect(MemoryUse(parsing: text) == nil)
    }
}
