import EventStore
import Events
import TestSupport
import Testing

@testable import Fleet

struct FollowedLogTests {
    /// A log and an empty copy of it.
    private func withCopy(events: Int, _ body: (EventLog, EventLog) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let log = try makeLog(folder + "/log", events: events)
            let copy = try EventLog(folder: folder + "/copy", source: log.source, isCopy: true)
            defer {
                log.close()
                copy.close()
            }
            try body(log, copy)
        }
    }

    @Test func aCopyIsTheLogByteByByte() throws {
        try withCopy(events: 1_500) { log, copy in
            var followed = FollowedLog(copy)

            for (index, block) in try blocks(of: log).enumerated() {
                _ = try followed.take(block, at: UInt64(index) + 1)
            }

            #expect(try storedBytes(of: copy) == storedBytes(of: log))
            let verification = try copy.verify()
            #expect(verification.isClean, "\(verification.problems)")
            #expect(try verification.root == log.tree { try $0.root() })
            #expect(try copy.streamVersion(.system) == log.streamVersion(.system))
        }
    }

    @Test func textsStayAtHomeAndTheCopyIsWhole() throws {
        try withTemporaryFolder { folder in
            let log = try EventLog(folder: folder + "/log")
            let copy = try EventLog(folder: folder + "/copy", source: log.source, isCopy: true)
            defer {
                log.close()
                copy.close()
            }
            try log.appendBlocking([NewEvent(.runRequested(.fixture()))], to: .run("r1"))
            var followed = FollowedLog(copy)

            for block in try blocks(of: log) { _ = try followed.take(block, at: 1) }

            guard case .runRequested(let here)? = try log.event(at: 1)?.event,
                case .runRequested(let there)? = try copy.event(at: 1)?.event
            else {
                Issue.record("the run is not there")
                return
            }
            #expect(here.scenarios[0].promptText != nil)
            #expect(there.scenarios[0].promptText == nil && there.scenarios[0].keptPrompt.isErased)
            #expect(try copy.verify().isClean)
        }
    }

    @Test func whatIsKnownChangesNothing() throws {
        try withCopy(events: 1_000) { log, copy in
            var followed = FollowedLog(copy)
            let sealed = try blocks(of: log)
            for block in sealed + sealed {
                let known = try copy.lastPosition()
                let (outcome, back) = try followed.take(block, at: 1)
                #expect(outcome == (known >= block.last ? .known : .appended(block.last - known)))
                #expect(back == nil)
            }
            // A block that begins before the end, as after a restart in the middle.
            try fill(log, events: 50)
            let longer = try #require(try blocks(of: log, from: 900).first)

            #expect(try followed.take(longer, at: 9).0 == .appended(50))
            #expect(try copy.verify().isClean)
        }
    }

    @Test func aGapIsNamedWaitedForAndFilled() throws {
        try withCopy(events: 2_000) { log, copy in
            var followed = FollowedLog(copy)
            let sealed = try blocks(of: log)
            try #require(sealed.count >= 5)

            #expect(try followed.take(sealed[0], at: 1).0 == .appended(sealed[0].last))
            #expect(try followed.take(sealed[2], at: 3).0 == .ahead)
            #expect(try followed.take(sealed[3], at: 4).0 == .ahead)
            #expect(followed.missing == sealed[1].first...sealed[1].last)
            let (outcome, back) = try followed.take(sealed[1], at: 9)

            #expect(outcome == .appended(sealed[1].last - sealed[1].first + 1))
            #expect(back == 3)
            #expect(followed.missing == nil)
        }
    }

    @Test func aForkIsToldAndNothingIsTaken() throws {
        try withTemporaryFolder { folder in
            let log = try makeLog(folder + "/log", events: 300)
            try log.copy(to: folder + "/restored")
            let restored = try EventLog(folder: folder + "/restored")
            let copy = try EventLog(folder: folder + "/copy", source: log.source, isCopy: true)
            defer { for log in [log, restored, copy] { log.close() } }
            try fill(log, events: 20, saying: "a")
            try fill(restored, events: 30, saying: "b")
            var followed = FollowedLog(copy)
            for block in try blocks(of: log) { _ = try followed.take(block, at: 1) }
            let before = try storedBytes(of: copy)

            for block in [try blocks(of: restored, from: 301)[0], try blocks(of: restored, from: 321)[0]] {
                let refusal = #expect(throws: LogError.self) { try followed.take(block, at: 2) }
                #expect(refusal?.code == .forked(330))
                #expect("\(try #require(refusal))".contains("has forked"))
            }

            #expect(try storedBytes(of: copy) == before)
        }
    }

    @Test func onlyItsOwnLogIsTaken() throws {
        try withCopy(events: 10) { log, copy in
            try withTemporaryFolder { folder in
                let other = try makeLog(folder, events: 10)
                defer { other.close() }
                var followed = FollowedLog(copy)

                let block = try blocks(of: other)[0]
                #expect(throws: FleetError.self) { try followed.take(block, at: 1) }
                #expect(throws: LogError.self) { try fill(copy, events: 1) }
                #expect(try copy.lastPosition() == 0)
            }
        }
    }

    @Test func positionsThatAreMissingAreFound() {
        var present = PositionSet()
        for range in [5...9, 1...2, 20...30, 8...12, 31...31, 14...14] as [ClosedRange<UInt64>] {
            present.insert(range)
        }

        #expect(present.gaps(through: 40) == [3...4, 13...13, 15...19, 32...40])
        #expect(present.count == 2 + 8 + 1 + 12)
        #expect(PositionSet().gaps(through: 0).isEmpty)
    }
}
