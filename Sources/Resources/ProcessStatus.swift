/// What `/proc/<pid>/stat` tells of one process.
struct ProcessStatus: Equatable {
    var id: Int32
    var parent: Int32
    /// User and system time, in clock ticks.
    var ticks: UInt64
    /// When it started, in clock ticks after boot: with the id it names a process for good.
    var started: UInt64
    var residentPages: UInt64

    /// Nil when the text is not a stat line. The command's name stands in brackets and may hold any character, brackets
    /// too, so the fields are counted from the last bracket.
    init?(parsing text: String) {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        let fields = text[text.index(after: close)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
        // fields[0] is field 3 of proc(5), the state.
        guard let id = Int32(text[..<open].filter { $0 != " " }), fields.count > 21,
            let parent = Int32(fields[1]), let user = UInt64(fields[11]), let system = UInt64(fields[12]),
            let started = UInt64(fields[19]), let pages = Int64(fields[21])
        else { return nil }
        self.id = id
        self.parent = parent
        ticks = user + system
        self.started = started
        residentPages = UInt64(max(0, pages))
    }

    /// Nil when the process is gone.
    static func read(_ id: Int32) -> ProcessStatus? {
        PlainFile.text("/proc/\(id)/stat").flatMap(ProcessStatus.init(parsing:))
    }

    /// A process and all that descend from it, as they are now; empty when it is gone.
    static func tree(of root: Int32) -> [ProcessStatus] {
        tree(of: root, among: PlainFile.names(in: "/proc").compactMap { Int32($0) }.compactMap(read))
    }

    static func tree(of root: Int32, among all: [ProcessStatus]) -> [ProcessStatus] {
        let children = Dictionary(grouping: all, by: \.parent)
        var found = all.filter { $0.id == root }
        var next = 0
        while next < found.count {
            // A process is its own parent only in a broken listing; it must not make this loop for ever.
            found += (children[found[next].id] ?? []).filter { child in !found.contains { $0.id == child.id } }
            next += 1
        }
        return found
    }
}
