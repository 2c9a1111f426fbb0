import Testing

@testable import Resources

@Suite struct MeasurementWarningsTests {
    @Test func onlyAGovernorOtherThanPerformanceIsReported() {
        #expect(MeasurementWarnings.governor(["performance\n", "performance\n"]) == nil)
        #expect(MeasurementWarnings.governor([]) == nil)
        #expect(
            MeasurementWarnings.governor(["powersave\n", "performance\n"])
                == "The CPU governor is powersave, not performance: clock speed will vary.")
    }

    @Test func onlyADischargingBatteryIsReported() {
        #expect(MeasurementWarnings.battery(["Full\n", "Unknown\n"]) == nil)
        #expect(
            MeasurementWarnings.battery(["Discharging\n"])
                == "The machine runs on battery: it may slow down to save power.")
    }

    @Test func loadIsHeldAgainstTheCores() {
        #expect(MeasurementWarnings.load("1.90 0.5 0.1 1/115 99", cores: 4) == nil)
        #expect(
            MeasurementWarnings.load("2.10 0.5 0.1 1/115 99", cores: 4)
                == "The load average is already 2.10 on 4 cores: other work will disturb the figures.")
    }

    @Test func swapInUseIsReportedInMebibytes() {
        let meminfo = "MemTotal: 100 kB\nMemAvailable: 50 kB\nSwapTotal: 9000 kB\n"
        #expect(MeasurementWarnings.swap(meminfo + "SwapFree: 9000 kB\n") == nil)
        #expect(
            MeasurementWarnings.swap(meminfo + "SwapFree: 3000 kB\n")
                == "5 MiB of swap are in use: a model that is paged out is slow.")
    }

    @Test func aVirtualMachineIsToldByItsFlagOrByStolenTime() {
        let stat = "cpu 500 0 0 450 0 0 0 50\n"
        let said = "The machine is virtual (5.00 % of its CPU time was stolen since it started): timings may vary."
        #expect(MeasurementWarnings.virtualised(cpuinfo: "flags : fpu hypervisor sse\n", stat: stat) == said)
        #expect(MeasurementWarnings.virtualised(cpuinfo: "Features : fp asimd\n", stat: stat) == said)
        #expect(MeasurementWarnings.virtualised(cpuinfo: "flags : fpu\n", stat: "cpu 500 0 0 500\n") == nil)
    }

    @Test func everyWarningOfThisHostIsASentence() {
        for warning in MeasurementWarnings.check() {
            #expect(warning.hasSuffix(".") && warning.first?.isUppercase == true)
        }
    }
}
