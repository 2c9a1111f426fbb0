import Foundation
import Testing

@testable import Resources

@Suite struct ProcessorSetTests {
    @Test(arguments: ["0", "0-3", "0-1,4,6-7", ""])
    func listsAreReadAndWrittenAsTheKernelWritesThem(_ list: String) throws {
        #expect(try #require(ProcessorSet(list + "\n")).description == list)
    }

    @Test(arguments: ["a", "3-1", "-1", "1-", "0-99999999"])
    func otherTextIsRefused(_ list: String) {
        #expect(ProcessorSet(list) == nil)
    }

    @Test func whatAProcessMayRunOnIsRead() throws {
        let status = "Name:\tserver\nCpus_allowed:\tff\nCpus_allowed_list:\t0-5,7\nMems_allowed_list:\t0\n"
        try withFiles(["proc/7/status": status]) { root in
            #expect(ProcessorSet.allowed(to: 7, root: root)?.description == "0-5,7")
            #expect(ProcessorSet.allowed(to: 8, root: root) == nil)
        }
    }

    #if os(Linux)
    @Test func thisProcessMayRunSomewhere() throws {
        let allowed = try #require(ProcessorSet.allowed(to: getpid()))

        #expect(allowed.count >= 1)
        let online = try #require(ProcessorSet.online())
        #expect(allowed.isSubset(of: online))
    }
    #endif
}

@Suite struct ProcessorThrottlingTests {
    static let folder = "sys/devices/system/cpu"

    @Test func hyperThreadsShareTheirCoresCounter() throws {
        var files: [String: String] = ["\(Self.folder)/cpufreq/x": "1", "\(Self.folder)/cpuidle/x": "1"]
        for (cpu, siblings) in [(0, "0,2"), (1, "1,3"), (2, "0,2"), (3, "1,3")] {
            files["\(Self.folder)/cpu\(cpu)/topology/thread_siblings_list"] = siblings + "\n"
            files["\(Self.folder)/cpu\(cpu)/thermal_throttle/core_throttle_count"] =
                cpu.isMultiple(of: 2) ? "3\n" : "5\n"
        }
        try withFiles(files) { root in
            let throttling = try ProcessorThrottling.open(root: root).get()

            #expect(throttling.read() == 8)
        }
    }

    @Test func aHostWithoutCountersSaysSo() throws {
        try withFiles([:]) { root in
            #expect(throws: Unavailable(reason: "no core_throttle_count in \(root)/\(Self.folder)")) {
                try ProcessorThrottling.open(root: root).get()
            }
        }
    }
}
