import Testing

@testable import Resources

@Suite struct ProcessorTableTests {
    static let earlier = """
        cpu  1000 20 300 8000 100 10 5 50 0 0
        cpu0 600 10 150 4000 50 5 5 25 0 0
        cpu1 400 10 150 4000 50 5 0 25 0 0
        intr 12345 0 0
        ctxt 99
        """

    @Test func ticksAreSortedIntoBusyIdleAndStolen() throws {
        let table = try #require(ProcessorTable(parsing: Self.earlier))

        #expect(table.all == ProcessorTimes(busy: 1335, idle: 8100, stolen: 50))
        #expect(table.cores.keys.sorted() == [0, 1])
        #expect(table.cores[1] == ProcessorTimes(busy: 565, idle: 4050, stolen: 25))
    }

    @Test func busyPercentIsTheShareOfTheTimeBetween() throws {
        let before = ProcessorTimes(busy: 100, idle: 100, stolen: 0)

        #expect(ProcessorTimes(busy: 120, idle: 170, stolen: 10).busyPercent(since: before) == 30)
        #expect(ProcessorTimes(busy: 150, idle: 100, stolen: 0).busyPercent(since: before) == 100)
        #expect(ProcessorTimes(busy: 100, idle: 150, stolen: 0).busyPercent(since: before) == 0)
    }

    @Test func noTickAndCountersThatWentBackAreUnknown() {
        let before = ProcessorTimes(busy: 100, idle: 100, stolen: 0)

        #expect(before.busyPercent(since: before) == nil)
        #expect(ProcessorTimes(busy: 50, idle: 300, stolen: 0).busyPercent(since: before) == nil)
    }

    @Test func oldKernelsWithFourColumnsAreRead() throws {
        let table = try #require(ProcessorTable(parsing: "cpu 10 0 5 85\ncpu0 10 0 5 85\n"))

        #expect(table.all == ProcessorTimes(busy: 15, idle: 85, stolen: 0))
    }

    @Test(arguments: ["", "cpu\n", "intr 5\n", "cpu one two three four\n"])
    func otherTextIsRefused(_ text: String) {
        #expect(ProcessorTable(parsing: text) == nil)
    }
}
