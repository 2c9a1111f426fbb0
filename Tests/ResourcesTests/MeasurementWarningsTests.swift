import Foundation
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

    @Test(arguments: [
        ("0-1", "0-1", "0-1", "0-1"),  // few cores, nobody bound
        ("0-1", "0-3", "0-7", "0-1"),  // the client bound to cores of the server
        ("2", "0-63", "0-63", "2"),
    ])
    func sharedCoresAreNamed(_ client: String, _ server: String, _ online: String, _ shared: String) throws {
        let warning = MeasurementWarnings.sharedCores(
            client: try #require(ProcessorSet(client)), server: try #require(ProcessorSet(server)),
            online: try #require(ProcessorSet(online)), process: 7, name: "llama.cpp")

        #expect(
            warning == "llama.cpp (process 7) and flperf share the cores \(shared): each takes time from the other. "
                + "Give each its own, as with 'taskset -acp CORES 7' and 'taskset -c OTHERS flperf …'.")
    }

    @Test(arguments: [
        ("0", "1-3", "0-3"),  // apart
        ("0-3", "1-3", "0-3"),  // one core is the client's alone
        ("0-63", "0-63", "0-63"),  // room enough, nobody bound
    ])
    func aClientWithACoreOfItsOwnIsFine(_ client: String, _ server: String, _ online: String) throws {
        let warning = MeasurementWarnings.sharedCores(
            client: try #require(ProcessorSet(client)), server: try #require(ProcessorSet(server)),
            online: try #require(ProcessorSet(online)), process: 7, name: "llama.cpp")

        #expect(warning == nil)
    }

    @Test func aLimitBelowTheHostsCoresIsReported() {
        #expect(MeasurementWarnings.limit(nil, of: "flperf", cores: 4) == nil)
        #expect(MeasurementWarnings.limit(4, of: "flperf", cores: 4) == nil)
        #expect(
            MeasurementWarnings.limit(1.5, of: "flperf", cores: 4)
                == "The control group of flperf allows 1.50 of 4 cores: at its limit it is held up until the next period."
        )
    }

    @Test func aServerInThisProcessGivesNoWarning() {
        #expect(MeasurementWarnings.check(server: getpid(), named: "the simulator").isEmpty)
    }

    @Test func everyWarningOfThisHostIsASentence() {
        for warning in MeasurementWarnings.check() {
            #expect(warning.hasSuffix(".") && warning.first?.isUppercase == true)
        }
    }
}
