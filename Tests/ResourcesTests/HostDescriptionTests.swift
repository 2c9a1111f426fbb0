import Testing

@testable import Resources

@Suite struct HostDescriptionTests {
    @Test func hyperThreadsShareAPhysicalCore() {
        let cpuinfo = [(0, 0), (1, 1), (2, 0), (3, 1)].map { thread, core in
            "processor\t: \(thread)\nvendor_id\t: GenuineIntel\nmodel name\t: Some CPU @ 3:1 GHz\n"
                + "physical id\t: 0\ncore id\t\t: \(core)\n"
        }
        var host = HostDescription()

        host.addProcessors(cpuinfo: cpuinfo.joined(separator: "\n"))

        #expect(host.cpuVendor == "GenuineIntel")
        #expect(host.cpuModel == "Some CPU @ 3:1 GHz")
        #expect(host.logicalCores == 4)
        #expect(host.physicalCores == 2)
    }

    @Test func equalCoreNumbersOnTwoPackagesAreTwoCores() {
        var host = HostDescription()

        host.addProcessors(
            cpuinfo: "processor: 0\nphysical id: 0\ncore id: 0\n\nprocessor: 1\nphysical id: 1\ncore id: 0\n")

        #expect(host.physicalCores == 2)
    }

    @Test func anArmKernelLeavesTheModelUnknownWithAReason() {
        var host = HostDescription()

        host.addProcessors(cpuinfo: "processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\n")

        #expect(host.cpuModel == nil)
        #expect(host.physicalCores == nil)
        #expect(host.unavailable == ["cpu model: /proc/cpuinfo does not name it"])
    }

    @Test func quotesAroundTheSystemsNameAreDropped() {
        var host = HostDescription()

        host.addSystem(osRelease: "PRETTY_NAME=\"X 12\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID='12'\nID=debian\n")

        #expect(host.osName == "Debian GNU/Linux")
        #expect(host.osVersion == "12")
    }

    @Test func thisHostIsDescribed() {
        let host = HostDescription.read()

        #expect((host.logicalCores ?? 0) > 0)
        #expect((host.memoryBytes ?? 0) > 1 << 20)
        #expect(host.kernel?.isEmpty == false)
        #expect(host.architecture?.isEmpty == false)
        #expect(!host.gpus.isEmpty || host.unavailable.contains { $0.hasPrefix("gpu: ") })
    }
}
