import EventStore
import Events
import TestSupport
import Testing

@testable import Fleet

/// Blocks as a stream has them that holds nothing else.
private func sequenced(_ blocks: [SealedBlock]) -> [(sequence: UInt64, block: SealedBlock)] {
    blocks.enumerated().map { (UInt64($0) + 1, $1) }
}

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

            let outcome = try followed.take(sequenced(try blocks(of: log)))

            #expect(outcome == FollowedLog.Outcome(added: 1_500))

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

            _ = try followed.take(sequenced(try blocks(of: log)))

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
            #expect(try followed.take(sequenced(sealed + sealed)).added == 1_000)
            #expect(try followed.take(sequenced(sealed)) == FollowedLog.Outcome())
            // A block that begins before the end, as after a restart in the middle.
            try fill(log, events: 50)
            let longer = try #require(try blocks(of: log, from: 900).first)

            #expect(try followed.take([(9, longer)]).added == 50)
            #expect(try copy.verify().isClean)
        }
    }

    @Test func aGapIsNamedWaitedForAndFilled() throws {
        try withCopy(events: 2_000) { log, copy in
            var followed = FollowedLog(copy)
            let sealed = try blocks(of: log)
            try #require(sealed.count >= 5)

            #expect(try followed.take([(1, sealed[0]), (3, sealed[2])]).added == sealed[0].last)
            #expect(try followed.take([(4, sealed[3])]) == FollowedLog.Outcome())
            #expect(followed.missing == sealed[1].first...sealed[1].last)
            let outcome = try followed.take([(5, sealed[4]), (9, sealed[1]), (10, sealed[4])])

            #expect(outcome == FollowedLog.Outcome(added: sealed[1].last - sealed[1].first + 1, backTo: 3))
            #expect(followed.missing == nil)
            #expect(try copy.lastPosition() == sealed[1].last)
            #expect(try followed.take([(3, sealed[2]), (4, sealed[3])]).backTo == nil)
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
            _ = try followed.take(sequenced(try blocks(of: log)))
            let before = try storedBytes(of: copy)

            for block in [try blocks(of: restored, from: 301)[0], try blocks(of: restored, from: 321)[0]] {
                let refusal = #expect(throws: LogError.self) { try followed.take([(2, block)]) }
                #expect(refusal?.code == .forked(330))
                #expect("\(try #require(refusal))".contains("has forked"))
            }

            #expect(try storedBytes(of: copy) == before)
        }
    }

    @Test func whatComesBeforeAForkIsTaken() throws {
        try withTemporaryFolder { folder in
            let log = try makeLog(folder + "/log", events: 600)
            try log.copy(to: folder + "/restored")
            let restored = try EventLog(folder: folder + "/restored")
            let copy = try EventLog(folder: folder + "/copy", source: log.source, isCopy: true)
            defer { for log in [log, restored, copy] { log.close() } }
            try fill(log, events: 20, saying: "a")
            try fill(restored, events: 30, saying: "b")
            var followed = FollowedLog(copy)
            let start = try blocks(of: log)[0]

            let mixed = [start] + (try blocks(of: log, from: start.last + 1)) + (try blocks(of: restored, from: 621))
            let refusal = #expect(throws: LogError.self) { try followed.take(sequenced(mixed)) }

            #expect(refusal?.code == .forked(630))
            #expect(try storedBytes(of: copy) == storedBytes(of: log))
            // And one that does not go further than what came with it.
            let short = try EventLog(folder: folder + "/short", source: log.source, isCopy: true)
            defer { short.close() }
            var second = FollowedLog(short)
            var sealer = try BlockSealer(restored, from: 601, through: 610, largest: 1 << 20)
            let other = try #require(try sealer.seal())
            let late = #expect(throws: LogError.self) {
                try second.take(sequenced(try blocks(of: log) + [other]))
            }
            #expect(late?.code == .forked(610))
        }
    }

    @Test func onlyItsOwnLogIsTaken() throws {
        try withCopy(events: 10) { log, copy in
            try withTemporaryFolder { folder in
                let other = try makeLog(folder, events: 10)
                defer { other.close() }
                var followed = FollowedLog(copy)

                let block = try blocks(of: other)[0]
                #expect(throws: FleetError.self) { try followed.take([(1, block)]) }
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
