import Foundation
import TestSupport
import Testing

@testable import Storage

struct OpeningTests {
    let words = Table<String, String>("words")

    @Test func whatWasWrittenIsThereAfterReopening() throws {
        try withTemporaryFolder { folder in
            let first = try Store(folder: folder + "/deep/inside")
            try first.write { transaction throws in
                try words.put("one", "eins", in: transaction)
                try Table<String, String>("emptied").put("one", "eins", in: transaction)
            }
            try first.write { try $0.dropTable("emptied") }
            first.close()

            let second = try Store(folder: folder + "/deep/inside")
            defer { second.close() }

            try second.read { transaction throws in
                #expect(try words.get("one", in: transaction) == "eins")
                #expect(
                    try transaction.snapshot.tables().map(\.name) == ["words"],
                    "an emptied table's name goes at opening")
            }
        }
    }

    @Test func anEmptiedFileIsRefusedAndNotMadeAnew() throws {
        try withTemporaryFolder { folder in
            try Store(folder: folder).close()
            truncate(folder + "/data.mdb", 0)

            let error = #expect(throws: StoreError.self) { try Store(folder: folder) }

            #expect(error?.code == .corrupted)
            #expect(error?.description.contains("data.mdb is empty") == true)
            #expect(error?.description.contains(folder) == true)
        }
    }

    @Test func openingWaitsForTheOneThatIsAlone() throws {
        try withTemporaryFolder { folder in
            // What another process holds while it takes empty tables away.
            let other = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            #expect(flock(other, LOCK_EX) == 0)
            let opened = DispatchSemaphore(value: 0)
            Thread {
                if let store = try? Store(folder: folder) { store.close() } else { Issue.record("not opened") }
                opened.signal()
            }.start()

            #expect(opened.wait(timeout: .now() + 0.2) == .timedOut)
            #expect(access(folder + "/data.mdb", F_OK) != 0, "it waits before it opens any table")
            close(other)
            #expect(opened.wait(timeout: .now() + 10) == .success)
        }
    }

    @Test func theSameFolderOpensOncePerProcess() throws {
        try withTemporaryFolder { folder in
            let store = try Store(folder: folder)

            let error = #expect(throws: StoreError.self) {
                _ = try Store(folder: folder + "/../" + (folder as NSString).lastPathComponent)
            }

            #expect(error?.code == .locked)
            store.close()
            let again = try Store(folder: folder)
            again.close()
        }
    }

    @Test func aClosedStoreSaysSo() throws {
        try withTemporaryFolder { folder in
            let store = try Store(folder: folder)
            store.close()
            store.close()

            let error = #expect(throws: StoreError.self) { try store.read { try words.count(in: $0) } }

            #expect(error?.code == .closed)
            #expect(throws: StoreError.self) { try store.write { try words.put("a", "b", in: $0) } }
        }
    }

    @Test func readingOnlyRefusesToWriteAndToMakeAnything() throws {
        try withTemporaryFolder { folder in
            var options = Store.Options()
            options.readOnly = true
            let missing = #expect(throws: StoreError.self) {
                _ = try Store(folder: folder + "/absent", options: options)
            }
            #expect(missing?.code == .missing)
            #expect(!FileManager.default.fileExists(atPath: folder + "/absent"))
            let writer = try Store(folder: folder)
            try writer.write { try words.put("one", "eins", in: $0) }
            writer.close()

            let reader = try Store(folder: folder, options: options)
            defer { reader.close() }

            #expect(try reader.read { try words.get("one", in: $0) } == "eins")
            let refused = #expect(throws: StoreError.self) { try reader.write { try words.put("a", "b", in: $0) } }
            #expect(refused?.code == .readOnly)
        }
    }

    @Test(arguments: [1, 100, 4096, 8191, 8192, 12_288, 40_960])
    func aFileThatWasCutShortIsRefused(size: Int) throws {
        try withTemporaryFolder { folder in
            let store = try Store(folder: folder)
            try store.write { transaction throws in
                for number in 0..<1000 {
                    try words.put("\(number)", String(repeating: "x", count: 100), in: transaction)
                }
            }
            store.close()
            truncate(folder + "/data.mdb", off_t(size))

            let error = #expect(throws: StoreError.self) { _ = try Store(folder: folder) }

            #expect(error?.code == .corrupted)
            #expect(error?.description.contains(folder) == true)
            #expect(error?.description.contains("backup") == true)
        }
    }

    @Test func deletingAlmostEverythingLeavesAFileThatOpens() throws {
        try withTemporaryFolder { folder in
            var options = Store.Options()
            options.durable = false
            for round in 0..<20 {
                let store = try Store(folder: folder, options: options)
                try store.write { transaction throws in
                    for number in 0..<2000 { try words.put("\(number)", "\(round)", in: transaction) }
                    for number in 0..<1990 { try words.delete("\(number)", in: transaction) }
                }
                store.close()
            }
        }
    }

    /// LMDB had not written the last pages, which were taken and given back in one transaction, and the process was killed.
    @Test func aFileThatEndsBeforePagesThatNobodyNeedsIsWhole() throws {
        try withTemporaryFolder { folder in
            let store = try Store(folder: folder)
            try store.write { transaction throws in
                for number in 0..<2000 {
                    try words.put("\(number)", String(repeating: "x", count: 5000), in: transaction)
                }
            }
            try store.write { transaction throws in
                for number in 0..<2000 where number != 7 { try words.delete("\(number)", in: transaction) }
            }
            for number in 0..<3 { try store.write { try words.put("later", "\(number)", in: $0) } }
            store.close()
            let before = try #require(FileManager.default.contents(atPath: folder + "/data.mdb")).count
            truncate(folder + "/data.mdb", off_t(before - 4096))

            let again = try Store(folder: folder)
            defer { again.close() }

            #expect(try again.read { try words.get("7", in: $0) }?.count == 5000)
            #expect(try again.read { try words.count(in: $0) } == 2)
        }
    }

    @Test func aFileOfAnotherKindIsRefused() throws {
        try withTemporaryFolder { folder in
            try Data(repeating: 0x41, count: 100_000).write(to: URL(fileURLWithPath: folder + "/data.mdb"))

            let error = #expect(throws: StoreError.self) { _ = try Store(folder: folder) }

            #expect(error?.code == .corrupted)
        }
    }

    @Test func aFolderThatCannotBeWrittenIsRefusedWithASentence() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder)

            let errors = [folder, folder + "/inside"].map { path in
                asNobody { #expect(throws: StoreError.self) { _ = try Store(folder: path) } }
            }

            for error in errors {
                #expect(error?.code == .readOnly)
                #expect(error?.description.contains("write permission") == true)
                #expect(error?.description.contains(folder) == true)
            }
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        }
    }

    @Test func aPlaceThatIsNoFolderIsRefused() throws {
        try withTemporaryFolder { folder in
            try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/file"))
            #expect(throws: StoreError.self) { _ = try Store(folder: folder + "/file") }
            #expect(throws: StoreError.self) { _ = try Store(folder: folder + "/file/inside") }
        }
    }

    @Test func theMountTableTellsRemoteFileSystemsInUserSpaceFromLocalOnes() {
        let mounts = """
            22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            40 22 0:40 / /mnt/far rw,nosuid - fuse.sshfs host:/home rw
            41 22 0:41 / /mnt/near rw,nosuid - fuseblk /dev/sdb1 rw
            """
        #expect(StoreFolder.remoteFuseType(of: "/mnt/far/flperf/log", mounts: mounts) == "fuse.sshfs")
        #expect(StoreFolder.remoteFuseType(of: "/mnt/farther/log", mounts: mounts) == nil)
        #expect(StoreFolder.remoteFuseType(of: "/mnt/near/log", mounts: mounts) == nil)
    }
}

/// Runs `body` without root's power over permissions, where the tests run as root: on this thread only, and on Linux only.
func asNobody<Result>(_ body: () throws -> Result) rethrows -> Result {
    typealias SetUser = @convention(c) (UInt32) -> Int32
    guard geteuid() == 0, let symbol = dlsym(dlopen(nil, RTLD_NOW), "setfsuid") else { return try body() }
    let setUser = unsafeBitCast(symbol, to: SetUser.self)
    _ = setUser(65_534)
    defer { _ = setUser(0) }
    return try body()
}
