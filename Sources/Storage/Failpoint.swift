import Foundation
import Synchronization

/// A named place in the code where a test can make the process die, fail or wait.
///
/// The environment variable `FLPERF_FAILPOINTS`, read once, says where and how, several with commas between them:
/// ```
/// commit.before=abort          dies there at once, as from SIGKILL: nothing is flushed and no handler runs
/// commit.after@3=error         the third passing throws StoreError.io; the others do nothing
/// copy.written=sleep:250       waits for 250 milliseconds
/// ```
/// Without the variable a passing costs the look at one constant.
public enum Failpoint: String, CaseIterable, Sendable {
    /// A write transaction has begun and has done nothing yet.
    case writeBegun = "write.begun"
    /// All of a transaction is written in memory and nothing of it is in the file.
    case commitBefore = "commit.before"
    /// It is committed and nobody knows.
    case commitAfter = "commit.after"
    /// An explicit sync is about to be made.
    case syncBefore = "sync.before"
    /// It has been made.
    case syncAfter = "sync.after"
    /// The environment is about to be closed and opened again.
    case reopenBefore = "reopen.before"
    /// It is closed.
    case reopenClosed = "reopen.closed"
    /// It is open again and what is visible may not be on the disk.
    case reopenOpened = "reopen.opened"
    /// The first pages were written once more, and not synced.
    case settleWritten = "settle.written"
    /// A copy is about to be written.
    case copyBefore = "copy.before"
    /// It is written under its temporary name.
    case copyWritten = "copy.written"
    /// It is on the disk under its temporary name.
    case copySynced = "copy.synced"
    /// It has its own name.
    case copyRenamed = "copy.renamed"
    /// The compacted file is about to be written beside the old one.
    case compactBefore = "compact.before"
    /// It is written.
    case compactWritten = "compact.written"
    /// It is on the disk.
    case compactSynced = "compact.synced"
    /// The old file is closed and still has its name.
    case compactClosed = "compact.closed"
    /// The compacted file has taken the name of the old one.
    case compactRenamed = "compact.renamed"
    /// That is on the disk too, and the file is open.
    case compactReopened = "compact.reopened"

    /// Does what `FLPERF_FAILPOINTS` asks for at this place.
    @inline(__always)
    public static func pass(_ point: Failpoint) throws(StoreError) {
        if isAnySet { try point.act() }
    }

    private static let plan = Plan(ProcessInfo.processInfo.environment["FLPERF_FAILPOINTS"] ?? "")
    @usableFromInline static let isAnySet = !plan.orders.isEmpty

    @usableFromInline func act() throws(StoreError) {
        switch Failpoint.plan.action(at: self) {
        case nil: return
        case .abort:
            kill(getpid(), SIGKILL)
            while true { pause() }
        case .error:
            throw StoreError(.io, "Could not go on at '\(rawValue)': FLPERF_FAILPOINTS asks for an error there.")
        case .sleep(let milliseconds):
            usleep(milliseconds * 1000)
        }
    }
}

extension Failpoint {
    enum Action: Equatable {
        case abort, error
        case sleep(milliseconds: UInt32)

        init?(_ text: Substring) {
            switch text {
            case "abort": self = .abort
            case "error": self = .error
            default:
                guard text.hasPrefix("sleep:"), let milliseconds = UInt32(text.dropFirst(6)) else { return nil }
                self = .sleep(milliseconds: min(milliseconds, 3_600_000))
            }
        }
    }

    /// What is to happen, and how often each place was passed.
    final class Plan: Sendable {
        struct Order: Equatable {
            var point: Failpoint
            /// The passing that it is for, from 1; nil for every one.
            var passing: Int?
            var action: Action
        }

        let orders: [Order]
        private let passings = Mutex<[Failpoint: Int]>([:])

        /// A test that asks for what is not there would pass for the wrong reason: such a text ends the process.
        init(_ text: String) {
            orders = text.split(separator: ",").map { item in
                guard let order = Order(item) else {
                    FileHandle.standardError.write(
                        Data("Could not understand '\(item)' in FLPERF_FAILPOINTS.\n".utf8))
                    exit(64)
                }
                return order
            }
        }

        func action(at point: Failpoint) -> Action? {
            let passing = passings.withLock { passings in
                passings[point, default: 0] += 1
                return passings[point]
            }
            return orders.first { $0.point == point && ($0.passing == nil || $0.passing == passing) }?.action
        }
    }
}

extension Failpoint.Plan.Order {
    /// Reads `name=action` or `name@passing=action`; nil when it is neither.
    init?(_ text: Substring) {
        let halves = text.split(separator: "=", maxSplits: 1)
        guard halves.count == 2, let action = Failpoint.Action(halves[1]) else { return nil }
        let place = halves[0].split(separator: "@", maxSplits: 1)
        guard let point = Failpoint(rawValue: String(place[0])) else { return nil }
        let passing = place.count == 2 ? Int(place[1]) : nil
        guard place.count == 1 || passing ?? 0 > 0 else { return nil }
        self.init(point: point, passing: passing, action: action)
    }
}
