#if os(Linux)
import Foundation
import Events
import TestSupport
import Testing

@testable import EventStore

/// What the log does when the file beneath it can't be written: its descriptor is swapped for one that always fails.
struct FaultTests {
    @Test func aFullDiskIsReportedReadsGoOnAndAppendsResume() async throws {
        try await withLog { log in
            _ = try await log.append([note("before")], to: .system)

            try await withDataFile(of: log, openedAs: "/dev/full", O_WRONLY) { () async throws in
                let error = await #expect(throws: LogError.self) { try await log.append([note("lost")], to: .system) }
                #expect(error?.code == .store(.diskFull))
                #expect(error?.description.contains(log.folder) == true)
                #expect(error?.description.contains("Free some space") == true)
                #expect(try log.read(from: 1, limit: 10).map(\.message) == ["before"])
            }

            #expect(try await log.append([note("after")], to: .system, expecting: .exactly(1)).last == 2)
            #expect(try log.verify().isClean)
        }
    }

    @Test func afterAFailureOfUnknownOutcomeTheLogIsOpenedAgainAndGoesOn() async throws {
        try await withLog { log in
            let first = note("before")
            _ = try await log.append([first], to: .system)
            let failed = note("not written")

            try await withDataFile(of: log, openedAs: "/dev/null", O_RDONLY) {
                let error = await #expect(throws: LogError.self) { try await log.append([failed], to: .system) }
                #expect(error?.code == .store(.io))
            }

            #expect(try log.event(at: 1)?.message == "before")
            #expect(try await log.append([note("next")], to: .system, expecting: .exactly(1)).last == 2)
            #expect(try await log.append([first], to: .system).wasAlreadyThere)
            #expect(try await log.append([failed], to: .system).last == 3)
            #expect(try log.verify().problems == [])
        }
    }

    @Test func whatTheLogCannotBeOpenedForIsNotWrittenUntilItCan() async throws {
        try await withTemporaryFolder { folder in
            let log = try EventLog(folder: folder)
            defer { log.close() }
            _ = try await log.append([note("before")], to: .system)
            let away = folder + "/away.mdb"
            let failed = note("of unknown outcome")

            try await withDataFile(of: log, openedAs: "/dev/null", O_RDONLY) {
                // Gone for the moment in which it is to be opened again.
                #expect(rename(folder + "/data.mdb", away) == 0)
                await #expect(throws: LogError.self) { try await log.append([failed], to: .system) }
                let refused = await #expect(throws: LogError.self) { try await log.append([note("next")], to: .system) }
                #expect(refused?.code == .writesStopped)
                #expect(refused?.description.contains("opened again") == true)
                #expect(LogError.code { try log.appendBlocking([note("next")], to: .system) } == .writesStopped)
                #expect(rename(away, folder + "/data.mdb") == 0)
            }

            while LogError.code(of: { try log.appendBlocking([failed], to: .system) }) == .writesStopped {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try log.read(from: 1, limit: 9).map(\.message) == ["before", "of unknown outcome"])
            #expect(try log.verify().problems == [])
        }
    }

    /// Puts another file in the place of the descriptor that LMDB writes pages with (not the one for its meta pages, which is
    /// synchronous) while `body` runs.
    private func withDataFile(of log: EventLog, openedAs path: String, _ flags: Int32, _ body: () async throws -> Void)
        async throws
    {
        let data = URL(fileURLWithPath: log.folder + "/data.mdb").resolvingSymlinksInPath().path
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
            .filter {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == data
                    && fcntl($0, F_GETFL) & (O_DSYNC | O_ACCMODE) == O_RDWR
            }
        let descriptor = try #require(descriptors.first)
        let (kept, other) = (dup(descriptor), open(path, flags))
        dup2(other, descriptor)
        defer {
            // Not when the log has closed it meanwhile, to open its file again.
            let now = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
            if now == path { dup2(kept, descriptor) }
            close(kept)
            close(other)
        }
        try await body()
    }
}
#endif
