import Foundation
import Testing

@testable import Resources

@Suite struct ControlGroupTests {
    static let unified = "30 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    static let first = """
        33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

        """

    @Test func theTightestLimitOnTheWayUpCounts() throws {
        let group = "sys/fs/cgroup/pod.slice/box.scope"
        try withFiles([
            "proc/7/cgroup": "0::/pod.slice/box.scope\n", "proc/self/mountinfo": Self.unified,
            "\(group)/cpu.max": "300000 100000\n", "sys/fs/cgroup/pod.slice/cpu.max": "150000 100000\n",
            "\(group)/cpu.stat": "usage_usec 9\nthrottled_usec 1\n",
            "sys/fs/cgroup/pod.slice/cpu.stat": "usage_usec 99\nnr_throttled 3\nthrottled_usec 4000\n",
            "\(group)/memory.max": "1048576\n", "\(group)/memory.current": "4096\n",
            "sys/fs/cgroup/pod.slice/memory.max": "2097152\n", "sys/fs/cgroup/pod.slice/memory.current": "9999\n",
        ]) { root in
            let reading = try ControlGroup.open(of: 7, root: root).get().read()

            #expect(reading.cpuLimitCores == 1.5)
            #expect(reading.throttledNanoseconds == 4_000_000)  // of the group whose limit it is
            #expect(reading.memoryLimitBytes == 1_048_576)
            #expect(reading.memoryUsedBytes == 4096)
        }
    }

    @Test func versionOneIsReadByItsControllers() throws {
        let (cpu, memory) = ("sys/fs/cgroup/cpu,cpuacct/box", "sys/fs/cgroup/memory/job/box")
        try withFiles([
            "proc/7/cgroup": "4:memory:/job/box\n3:cpu,cpuacct:/box\n0::/\n", "proc/self/mountinfo": Self.first,
            "\(cpu)/cpu.cfs_quota_us": "50000\n", "\(cpu)/cpu.cfs_period_us": "100000\n",
            "\(cpu)/cpu.stat": "nr_periods 3\nnr_throttled 2\nthrottled_time 77\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "\(memory)/memory.limit_in_bytes": "9223372036854771712\n", "\(memory)/memory.usage_in_bytes": "512\n",
            "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "2048\n",
            "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "1024\n",
        ]) { root in
            let reading = try ControlGroup.open(of: 7, root: root).get().read()

            #expect(reading.cpuLimitCores == 0.5)
            #expect(reading.throttledNanoseconds == 77)
            #expect(reading.memoryLimitBytes == 2048)
            #expect(reading.memoryUsedBytes == 1024)
        }
    }

    @Test func versionOnesLargestNumberIsNoLimit() throws {
        let memory = "sys/fs/cgroup/memory/box"
        try withFiles([
            "proc/7/cgroup": "4:memory:/box\n", "proc/self/mountinfo": Self.first,
            "\(memory)/memory.limit_in_bytes": "9223372036854771712\n", "\(memory)/memory.usage_in_bytes": "512\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ]) { root in
            let reading = try ControlGroup.open(of: 7, root: root).get().read()

            #expect(reading.memoryLimitBytes == nil)
            #expect(reading.memoryUsedBytes == 512)
            #expect(reading.throttledNanoseconds == nil)
        }
    }

    @Test func withoutLimitsTheGroupItselfIsRead() throws {
        try withFiles([
            "proc/7/cgroup": "0::/box\n", "proc/self/mountinfo": Self.unified,
            "sys/fs/cgroup/box/cpu.max": "max 100000\n", "sys/fs/cgroup/box/memory.max": "max\n",
            "sys/fs/cgroup/box/memory.current": "4096\n", "sys/fs/cgroup/box/cpu.stat": "throttled_usec 0\n",
        ]) { root in
            let reading = try ControlGroup.open(of: 7, root: root).get().read()

            #expect(reading.cpuLimitCores == nil)
            #expect(reading.memoryLimitBytes == nil)
            #expect(reading.memoryUsedBytes == 4096)
            #expect(reading.throttledNanoseconds == 0)
        }
    }

    @Test func aMountThatShowsOneGroupIsItsRoot() throws {
        let line = "30 23 0:27 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n"
        let mount = try #require(ControlGroupMount.all(in: line).first)

        #expect(mount.folders(of: "/docker/abc/job") == ["/sys/fs/cgroup/job", "/sys/fs/cgroup"])
        #expect(mount.folders(of: "/docker/abc") == ["/sys/fs/cgroup"])
        #expect(mount.folders(of: "/docker/abcd") == nil)
        #expect(mount.folders(of: "/../other") == nil)
    }

    @Test func aProcessThatIsGoneIsNamed() throws {
        try withFiles([:]) { root in
            #expect(throws: Unavailable(reason: "\(root)/proc/7/cgroup not found")) {
                try ControlGroup.open(of: 7, root: root).get()
            }
        }
    }

    #if os(Linux)
    @Test func theGroupOfThisProcessIsFoundOrSaysWhyNot() {
        switch ControlGroup.open(of: getpid()) {
        case .success(let group): #expect(group.cpuLimit.map { $0 > 0 } ?? true)
        case .failure(let missing): #expect(!missing.reason.isEmpty)
        }
    }
    #endif
}
