import Hummingbird
import Synchronization

/// How many answers may go on for as long as their callers like.
public final class StreamLimit: Sendable {
    /// Of one service.
    public static let most = 2_000

    private let going = Atomic(0)

    public init() {}

    /// How many there are.
    var count: Int { going.load(ordering: .relaxed) }

    /// - Throws: `Problem` when there are as many as may be.
    func check() throws(Problem) {
        guard count < Self.most else {
            throw Problem(
                status: .serviceUnavailable, title: "Too many streams",
                detail: "\(Self.most) streams of events are open, the limit. Close one, or come again later.",
                headers: [.retryAfter: "10"])
        }
    }

    func begin() throws(Problem) {
        try check()
        going.add(1, ordering: .relaxed)
    }

    func end() { going.subtract(1, ordering: .relaxed) }
}
