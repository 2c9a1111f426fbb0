import Testing

@testable import Resources

@Suite struct DeviceTrafficTests {
    static let disks = """
           7       0 loop0 5 0 50 0 0 0 0 0 0 0 0
         259       0 nvme0n1 100 5 2000 30 40 5 1000 60 0 70 90 0 0 0 0 0 0
         259       1 nvme0n1p1 100 5 2000 30 40 5 1000 60 0 70 90
         254       0 dm-0 100 5 2000 30 40 5 1000 60 0 70 90
         104       0 cciss/c0d0 1 0 8 0 1 0 16 0 0 0 0
        """

    @Test func wholeDisksAreAddedUpAndWhatStandsOnThemIsNot() throws {
        let links = [
            "sys/block/nvme0n1": "../devices/pci0000:00/0000:00:1d.0/nvme/nvme0/nvme0n1",
            "sys/block/cciss!c0d0": "../devices/pci0000:00/cciss0/c0d0/block/cciss!c0d0",
            "sys/block/dm-0": "../devices/virtual/block/dm-0", "sys/block/loop0": "../devices/virtual/block/loop0",
        ]
        try withFiles(["proc/diskstats": Self.disks], links: links) { root in
            let traffic = try DiskTraffic.open(root: root).get().read()

            #expect(traffic == ResourceReading.Traffic(read: (2000 + 8) * 512, written: (1000 + 16) * 512))
        }
    }

    @Test func aHostWithoutDisksSaysSo() throws {
        try withFiles(["proc/diskstats": ""]) { root in
            #expect(throws: Unavailable(reason: "no disk in \(root)/sys/block")) {
                try DiskTraffic.open(root: root).get()
            }
        }
    }

    static let network = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo: 999 9 0 0 0 0 0 0 999 9 0 0 0 0 0 0
          eth0:1000 9 0 0 0 0 0 0 2000 9 0 0 0 0 0 0
        veth1: 500 9 0 0 0 0 0 0 600 9 0 0 0 0 0 0
        """

    @Test func hardwareCarriesWhatContainersSend() throws {
        let links = [
            "sys/class/net/eth0": "../../devices/pci0000:00/net/eth0",
            "sys/class/net/lo": "../../devices/virtual/net/lo",
            "sys/class/net/veth1": "../../devices/virtual/net/veth1",
        ]
        try withFiles(["proc/net/dev": Self.network], links: links) { root in
            let traffic = try NetworkTraffic.open(root: root).get().read()

            #expect(traffic == ResourceReading.Traffic(read: 1000, written: 2000))
        }
    }

    @Test func withoutHardwareAllButLoopbackCounts() throws {
        let links = ["sys/class/net/lo": "../../devices/virtual/net/lo"]
        try withFiles(["proc/net/dev": Self.network], links: links) { root in
            let traffic = try NetworkTraffic.open(root: root).get().read()

            #expect(traffic == ResourceReading.Traffic(read: 1500, written: 2600))
        }
    }
}
