/// What `/proc/<pid>/stat` tells of one process.
struct ProcessStatus: Equatable {
    var id: Int32
    var parent: Int32
    /// User and system time, in clock ticks.
    var ticks: UInt64
    /// When it started, in clock ticks after boot: with the id it names a process for good.
    var started: UInt64
    var residentPages: UInt64
    var threads: UInt32

    /// Nil when the text is not a stat line. The command's name stands in brackets and may hold any character, brackets
    /// too, so the fields are counted from the last bracket.
    init?(parsing text: String) {
        // All of it is one line, even where the name holds a line break.
        let status = LineScanner.whole(text) { line in ProcessStatus(&line) }
        guard let status else { return nil }
        self = status
    }

    private init?(_ line: inout LineScanner) {
        guard let front = line.text(upToLast: ")"), let open = front.firstIndex(of: "("),
            let id = Int32(front[..<open].filter { $0 != " " })
        else { return nil }
        // What follows begins with field 3 of proc(5), the state.
        line.skip(1)
        guard let parent = line.number() else { return nil }
        line.skip(9)
        guard let user = line.number(), let system = line.number() else { return nil }
        line.skip(4)
        guard let threads = line.number() else { return nil }
        line.skip(1)
        guard let started = line.number() else { return nil }
        line.skip(1)
        // More than a processor can address is no count of pages.
        guard let pages = line.number(), pages < 1 << 52 else { return nil }
        self.id = id
        self.parent = Int32(clamping: parent)
        ticks = user + system
        self.started = started
        residentPages = pages
        self.threads = UInt32(clamping: threads)
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
