import Commands
import DataFolder
import Events
import EventStore
import Foundation
import TestSupport
import Testing

struct InstallationTests {
    @Test func aRunWhoseProcessDiedIsInterruptedAtTheNextStart() async throws {
        try await withTemporaryFolder { folder in
            do {
                let installation = try Installation(folder: folder)
                defer { installation.close() }
                _ = try await installation.log.append([NewEvent(.runRequested(.fixture(id: "dead")))], to: .run("dead"))
                _ = try await installation.log.append(
                    [NewEvent(.inferenceSampled(.fixture(run: "dead")))], to: .run("dead"))
                try FileManager.default.createDirectory(atPath: folder + "/runs", withIntermediateDirectories: true)
                // What a killed process leaves: the file, and nobody who holds its lock.
                _ = FileManager.default.createFile(atPath: folder + "/runs/dead.lock", contents: nil)
            }

            let installation = try Installation(folder: folder)
            defer { installation.close() }
            try installation.projector.catchUp()

            let run = try #require(try installation.run("dead").value).run
            #expect(run.status == .interrupted)
            #expect(run.samples == 1)
            #expect(!FileManager.default.fileExists(atPath: folder + "/runs/dead.lock"))
        }
    }

    @Test func aRunThatGoesOnIsLeftAlone() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/runs", withIntermediateDirectories: true)
            let lock = try #require(try LockFile(folder + "/runs/alive.lock"))
            do {
                let installation = try Installation(folder: folder)
                _ = try await installation.log.append(
                    [NewEvent(.runRequested(.fixture(id: "alive")))], to: .run("alive"))
                installation.close()
            }

            let installation = try Installation(folder: folder)
            defer { installation.close() }
            try installation.projector.catchUp()

            #expect(try installation.run("alive").value?.run.status == .running)
            lock.release()
        }
    }

    @Test func aStrayFileAmongTheRunsIsLeftAlone() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/runs", withIntermediateDirectories: true)
            _ = FileManager.default.createFile(atPath: folder + "/runs/no run's name.lock", contents: nil)

            try Installation(folder: folder).close()

            #expect(FileManager.default.fileExists(atPath: folder + "/runs/no run's name.lock"))
        }
    }

    @Test func tablesThatAreNoTablesAreFoldedAnew() async throws {
        try await withTemporaryFolder { folder in
            let first = try Installation(folder: folder)
            _ = try await first.log.append([NewEvent(.runRequested(.fixture(id: "r")))], to: .run("r"))
            try first.projector.catchUp()
            first.close()
            // Page 2 on: the tables' names, among others. The meta pages before it are as they were.
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder + "/tables/data.mdb"))
            let size = try file.seekToEnd()
            try file.seek(toOffset: 8_192)
            try file.write(contentsOf: Data(repeating: 0, count: Int(size) - 8_192))
            try file.close()

            let second = try Installation(folder: folder)
            defer { second.close() }
            try second.projector.catchUp()

            #expect(try second.runs().value.map(\.id) == ["r"])
        }
    }

    @Test func aSecondServiceIsRefusedByName() throws {
        try withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            let first = try installation.claimService(address: "http://127.0.0.1:3001")

            let error = #expect(throws: DataFolderError.self) {
                try installation.claimService(address: "http://127.0.0.1:3002")
            }

            #expect(error?.description.contains("127.0.0.1:3001") == true)
            #expect(error?.description.contains(folder) == true)
            first.release()
            let second = try installation.claimService(address: "http://127.0.0.1:3003")
            second.release()
        }
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        let error = #expect(throws: DataFolderError.self) { try Installation(folder: "/proc/flperf") }
        #expect(error?.description.contains("/proc/flperf") == true)
        #expect(error?.description.contains("--data") == true)
    }

    @Test func aModelIsAddedOnceAndCanBeRemoved() async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            let model = ModelIdentity.fixture(id: "m")

            let first = try await installation.execute(on: .model("m"), AddModel(model).decide)
            let second = try await installation.execute(on: .model("m"), AddModel(model).decide)
            try installation.projector.catchUp()

            #expect(first != nil)
            #expect(second == nil)
            #expect(try installation.models().value.map(\.alias) == ["m"])
            try await installation.execute(on: .model("m"), RemoveModel("m").decide)
            try installation.projector.catchUp()
            #expect(try installation.models().value.isEmpty)
            await #expect(throws: CommandError.self) {
                try await installation.execute(on: .model("m"), RemoveModel("m").decide)
            }
        }
    }

    @Test func formulaSetsAreRecordedOnce() async throws {
        try await withTemporaryFolder { folder in
            let installation = try Installation(folder: folder)
            defer { installation.close() }
            try await installation.adoptFormulaSets()
            let after = try installation.log.lastPosition()

            try await installation.adoptFormulaSets()

            #expect(after >= 2)
            #expect(try installation.log.lastPosition() == after)
        }
    }
}
