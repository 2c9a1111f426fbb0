/// Bytes to and from the host's disks.
///
/// - Unit: bytes since the system started, whole disks together. Loop devices, RAM disks and device-mapper volumes are left
///   out, since they stand on others; a file system over the network is no disk.
/// - Source: `/proc/diskstats`, sectors of 512 bytes whatever the disk's own are (Documentation/admin-guide/iostats.rst).
struct DiskTraffic: Sendable {
    private let path: String
    private let disks: Set<String>

    /// Finds the disks, or says why they can't be counted. `root` stands before `/proc` and `/sys`; empty but for tests.
    static func open(root: String = "") -> Result<DiskTraffic, Unavailable> {
        let path = "\(root)/proc/diskstats"
        do { _ = try PlainFile.contents(path) } catch { return .failure(Unavailable(reason: error.description)) }
        let folder = "\(root)/sys/block"
        // What stands for no hardware lives below devices/virtual/block. Partitions are in no list of whole devices.
        let disks = PlainFile.names(in: folder).filter {
            PlainFile.target(ofLink: "\(folder)/\($0)")?.contains("/devices/virtual/block/") == false
        }
        guard !disks.isEmpty else { return .failure(Unavailable(reason: "no disk in \(folder)")) }
        // The kernel writes the slash in a device's name as '!' where the name is a file's.
        return .success(DiskTraffic(path: path, disks: Set(disks.map { $0.replacing("!", with: "/") })))
    }

    func read() -> ResourceReading.Traffic? {
        PlainFile.text(path).map { Self.sum(of: disks, in: $0) }
    }

    static func sum(of disks: Set<String>, in table: String) -> ResourceReading.Traffic {
        var sum = ResourceReading.Traffic(read: 0, written: 0)
        LineScanner.lines(of: table) { line in
            // major minor name reads merged sectors ms writes merged sectors ms …
            line.skip(2)
            guard let name = line.word(), disks.contains(name) else { return true }
            line.skip(2)
            let read = line.number()
            line.skip(3)
            guard let read, let written = line.number() else { return true }
            sum.read &+= read &* 512
            sum.written &+= written &* 512
            return true
        }
        return sum
    }
}

/// Bytes to and from the network.
///
/// - Unit: bytes since the system started, of the devices that stand for hardware: what containers and tunnels carry passes
///   through those. Where there are none, as inside a container, of all devices but loopback.
/// - Source: `/proc/net/dev`.
struct NetworkTraffic: Sendable {
    private let path: String
    /// Nil takes all but loopback.
    private let devices: Set<String>?

    /// Finds the devices, or says why they can't be counted. `root` stands before `/proc` and `/sys`; empty but for tests.
    static func open(root: String = "") -> Result<NetworkTraffic, Unavailable> {
        let path = "\(root)/proc/net/dev"
        do { _ = try PlainFile.contents(path) } catch { return .failure(Unavailable(reason: error.description)) }
        let folder = "\(root)/sys/class/net"
        let devices = PlainFile.names(in: folder).filter {
            PlainFile.target(ofLink: "\(folder)/\($0)")?.contains("/devices/virtual/") == false
        }
        return .success(NetworkTraffic(path: path, devices: devices.isEmpty ? nil : Set(devices)))
    }

    func read() -> ResourceReading.Traffic? {
        PlainFile.text(path).map { Self.sum(of: devices, in: $0) }
    }

    static func sum(of devices: Set<String>?, in table: String) -> ResourceReading.Traffic {
        var sum = ResourceReading.Traffic(read: 0, written: 0)
        LineScanner.lines(of: table) { line in
            // name: bytes and seven more received, then bytes and seven more sent. The colon may touch the number.
            guard let name = line.text(upToLast: ":")?.trimmed, devices?.contains(name) ?? (name != "lo") else {
                return true
            }
            let received = line.number()
            line.skip(7)
            guard let received, let sent = line.number() else { return true }
            sum.read &+= received
            sum.written &+= sent
            return true
        }
        return sum
    }
}
