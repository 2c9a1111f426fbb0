import Foundation

extension HostDescription {
    /// Describes this host, now. Takes a few milliseconds, longer when a graphics driver has to be woken.
    public static func read() -> HostDescription {
        var host = HostDescription()
        host.readNames()
        #if os(Linux)
        host.read(file: "/proc/cpuinfo", for: "cpu") { $0.addProcessors(cpuinfo: $1) }
        host.read(file: "/proc/meminfo", for: "memory") { $0.memoryBytes = MemoryUse(parsing: $1)?.total }
        host.read(file: "/etc/os-release", for: "os") { $0.addSystem(osRelease: $1) }
        #else
        let process = ProcessInfo.processInfo
        let version = process.operatingSystemVersion
        host.logicalCores = UInt32(process.processorCount)
        host.memoryBytes = process.physicalMemory
        host.osName = "macOS"
        host.osVersion = "\(version.majorVersion).\(version.minorVersion).\(version.patchVersion)"
        host.unavailable.append("cpu model, physical cores: read from /proc, which only Linux has")
        #endif
        if host.logicalCores == nil { host.logicalCores = UInt32(ProcessInfo.processInfo.processorCount) }
        let graphics = Graphics.open()
        host.gpus = graphics.descriptions()
        host.unavailable += graphics.unavailable
        return host
    }

    private mutating func readNames() {
        var names = utsname()
        guard uname(&names) == 0 else { return unavailable.append("kernel, architecture, host name: uname failed") }
        func text(_ field: some Any) -> String {
            // utsname's fields are arrays of characters that end with a zero.
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        kernel = text(names.release)
        architecture = text(names.machine)
        hostName = text(names.nodename)
    }

    private mutating func read(file path: String, for what: String, _ add: (inout HostDescription, String) -> Void) {
        do { add(&self, try PlainFile.contents(path)) } catch { unavailable.append("\(what): \(error)") }
    }

    /// Adds what `/proc/cpuinfo` tells. The ARM kernels give numbers there, no names: vendor and model stay nil.
    mutating func addProcessors(cpuinfo text: String) {
        var logical: UInt32 = 0
        var package: Substring = "0"
        var cores: Set<[Substring]> = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            let key = parts[0].trimmingCharacters(in: .whitespaces)
            let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces)[...] : ""
            switch key {
            case "processor": logical += 1
            case "vendor_id": cpuVendor = String(value)
            case "model name": cpuModel = String(value)
            case "physical id": package = value
            case "core id": cores.insert([package, value])
            default: break
            }
        }
        logicalCores = logical > 0 ? logical : nil
        physicalCores = cores.isEmpty ? nil : UInt32(cores.count)
        if cpuModel == nil { unavailable.append("cpu model: /proc/cpuinfo does not name it") }
    }

    /// Adds what `/etc/os-release` tells: `KEY=value` lines, the value perhaps in quotes.
    mutating func addSystem(osRelease text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"' \t"))
            switch parts[0] {
            case "NAME": osName = value
            case "VERSION_ID": osVersion = value
            default: break
            }
        }
    }
}
