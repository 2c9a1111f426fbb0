import Events
import Storage
import Transparency

/// Puts the parts of a verification together, in order, whoever was first.
struct VerifiedParts {
    /// What is looked at in one piece.
    let parts: [ClosedRange<Position>]
    /// The last position done; nil before there is any.
    private(set) var done: Position?

    private var result: Verification
    private var waiting: [Int: VerifiedPart] = [:]
    private var next = 0
    private var leaves: CompactRange
    private var versions: [[UInt8]: UInt64] = [:]
    private var withoutText: Set<Position> = []
    private var erased: Set<Position> = []

    init(first: Position, last: Position) {
        result = Verification(first: first, last: last)
        leaves = CompactRange(begin: first - 1)
        var parts: [ClosedRange<Position>] = []
        var start = first
        while start <= last {
            // Parts end where tiles do.
            let size = UInt64(LogLimits.eventsPerSnapshot)
            let end = min(last, ((start - 1) / size + 1) * size)
            parts.append(start...end)
            start = end + 1
        }
        self.parts = parts
    }

    mutating func add(_ part: VerifiedPart, number: Int) {
        waiting[number] = part
        while let part = waiting.removeValue(forKey: next) {
            take(part)
            done = part.positions.upperBound
            next += 1
        }
    }

    private mutating func take(_ part: VerifiedPart) {
        result.events += part.events
        var problems = part.problems
        for piece in part.streams {
            let (stream, version) = piece.first
            let expected = versions[stream] ?? (result.first == 1 ? 1 : version)
            if version != expected {
                let name = String(decoding: stream, as: UTF8.self)
                problems.append(
                    (piece.positions.first, "it is version \(version) of stream '\(name)', where \(expected) is next"))
            }
            versions[stream] = version &+ piece.positions.count
        }
        if part.leaves.begin == leaves.end {
            leaves.append(part.leaves)
        }
        withoutText.formUnion(part.withoutText)
        erased.formUnion(part.erased)
        for problem in problems.sorted(by: { $0.position < $1.position }) {
            result.add(problem.position, problem.reason)
        }
    }

    /// The result, once every part is there.
    func conclude(_ whole: WholeLog, _ pages: PageCheck) -> Verification {
        var result = result
        for problem in pages.problems { result.add(0, problem.description) }
        if whole.last != whole.count {
            result.add(whole.last, "it is the last one, and the log has \(whole.count) events")
        }
        if let indexed = whole.indexed {
            for position in withoutText.subtracting(erased).sorted() where whole.hasTexts {
                result.add(position, "a text of it is missing, and no event says that it was erased")
            }
            if indexed.ids != whole.last {
                result.add(whole.last, "the index of ids counts \(indexed.ids) events, the log has \(whole.last)")
            }
            if indexed.streams != whole.last {
                result.add(
                    whole.last, "the index of streams counts \(indexed.streams) events, the log has \(whole.last)")
            }
        }
        guard leaves.begin == 0, leaves.end == result.last else { return result }
        result.root = leaves.root
        if result.last == whole.last, let edge = whole.edge, edge != leaves {
            result.add(whole.last, "the right edge of the hash tree is not that of the stored events")
        }
        return result
    }
}
