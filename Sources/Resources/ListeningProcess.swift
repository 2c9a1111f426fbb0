/// Finds which process listens on a TCP port of this host.
public enum ListeningProcess {
    /// The process that listens on a local port.
    ///
    /// Linux only, and only for processes that this user may inspect; nil otherwise. Reads the open files of every
    /// process: some ten milliseconds, meant for once a run.
    public static func find(port: UInt16) -> Int32? {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map { PlainFile.beginning(of: $0, until: isBeyondListeners) }
        let sockets = Set(tables.flatMap { inodes(listeningOn: port, in: $0) }.map { "socket:[\($0)]" })
        guard !sockets.isEmpty else { return nil }
        let holders = PlainFile.names(in: "/proc").compactMap { Int32($0) }.filter { process in
            PlainFile.names(in: "/proc/\(process)/fd").contains { file in
                PlainFile.target(ofLink: "/proc/\(process)/fd/\(file)").map(sockets.contains) ?? false
            }
        }
        // Workers inherit a listening socket from the process that opened it: that one has no holder above it.
        let parents = Dictionary(
            holders.compactMap(ProcessStatus.read).map { ($0.id, $0.parent) }, uniquingKeysWith: { first, _ in first })
        return holders.sorted().first { parents[$0].map { !holders.contains($0) } ?? false } ?? holders.min()
    }

    /// Whether the last whole line of a table of sockets is of none that listens. The kernel gives those that do first; for the
    /// others it goes over a hash table with room for all connections that the host could have.
    static func isBeyondListeners(_ table: String) -> Bool {
        let lines = table.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        guard lines.count > 1, let fields = lines.last?.split(separator: UInt8(ascii: " ")), fields.count > 3 else {
            return false
        }
        return !fields[3].elementsEqual("0A".utf8)
    }

    /// The sockets in state LISTEN (0A) on a port, from the text of `/proc/net/tcp` or `tcp6`.
    static func inodes(listeningOn port: UInt16, in table: String) -> [UInt64] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A",
                let local = fields[1].split(separator: ":").last.flatMap({ UInt16($0, radix: 16) }), local == port
            else { return nil }
            return UInt64(fields[9])
        }
    }
}
