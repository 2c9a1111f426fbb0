/// A set of the host's processors, as the kernel lists them: `0-3,8`.
struct ProcessorSet: Equatable, CustomStringConvertible {
    private var members: Set<Int>

    /// Nil when the text is no list.
    init?(_ list: String) {
        members = []
        for part in list.trimmed.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count < 3, first >= 0, first <= last,
                last < 1 << 16
            else { return nil }
            members.formUnion(first...last)
        }
    }

    /// The processors that a process may run on; nil when it is gone. `root` stands before `/proc`; empty but for tests.
    static func allowed(to process: Int32, root: String = "") -> ProcessorSet? {
        let status = PlainFile.text("\(root)/proc/\(process)/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        return line.flatMap { ProcessorSet(String($0.dropFirst("Cpus_allowed_list:".count))) }
    }

    /// Those that are switched on.
    static func online(root: String = "") -> ProcessorSet? {
        PlainFile.text("\(root)/sys/devices/system/cpu/online").flatMap(ProcessorSet.init)
    }

    var count: Int { members.count }
    var first: Int? { members.min() }

    func intersection(_ other: ProcessorSet) -> ProcessorSet {
        var result = self
        result.members.formIntersection(other.members)
        return result
    }

    func isSubset(of other: ProcessorSet) -> Bool { members.isSubset(of: other.members) }

    /// As the kernel writes it.
    var description: String {
        var ranges: [(first: Int, last: Int)] = []
        for member in members.sorted() {
            if let last = ranges.last?.last, last + 1 == member {
                ranges[ranges.count - 1].last = member
            } else {
                ranges.append((member, member))
            }
        }
        return ranges.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }.joined(separator: ",")
    }
}
