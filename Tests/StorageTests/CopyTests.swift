import Foundation
import TestSupport
import Testing

@testable import Storage

struct CopyTests {
    let words = Table<String, String>("words")

    @Test func aCopyOpensAndHoldsWhatWasThere() throws {
        try withTemporaryFolder { folder in
            let store = try filled(folder + "/log")
            defer { store.close() }

            try store.copy(to: folder + "/backups/today")
            try store.write { try words.put("later", "spaeter", in: $0) }

            let copy = try Store(folder: folder + "/backups/today")
            defer { copy.close() }
            #expect(try copy.read { try words.count(in: $0) } == 100)
            #expect(try FileManager.default.attributesOfItem(atPath: copy.folder)[.posixPermissions] as? Int == 0o700)
            #expect(try files(copy.folder) == ["data.mdb", "lock.mdb"])
            #expect(size(copy.folder) < size(store.folder) / 2, "what is free is left out")
        }
    }

    @Test func aCopyIsMadeWhileOthersWrite() throws {
        try withTemporaryFolder { folder in
            let store = try filled(folder + "/log")
            defer { store.close() }
            let isEnough = DispatchSemaphore(value: 0)
            let hasEnded = DispatchSemaphore(value: 0)
            Thread {
                var number = 0
                while isEnough.wait(timeout: .now()) == .timedOut {
                    number += 1
                    // Both or none: a copy shows one moment.
                    try? store.write { transaction throws in
                        try words.put("left", "\(number)", in: transaction)
                        try words.put("right", "\(number)", in: transaction)
                    }
                }
                hasEnded.signal()
            }.start()

            for number in 1...3 { try store.copy(to: folder + "/\(number)") }
            isEnough.signal()
            hasEnded.wait()

            for number in 1...3 {
                let copy = try Store(folder: folder + "/\(number)")
                try copy.read { transaction throws in
                    #expect(
                        try words.get("left", in: transaction) == words.get("right", in: transaction))
                }
                copy.close()
            }
        }
    }

    @Test func aCopyNeverTakesAStoresPlace() throws {
        try withTemporaryFolder { folder in
            let store = try filled(folder + "/log")
            defer { store.close() }
            try filled(folder + "/other").close()

            let error = #expect(throws: StoreError.self) { try store.copy(to: folder + "/other") }

            #expect(error?.code == .alreadyThere)
            #expect(error?.description.contains(folder + "/other") == true)
        }
    }

    @Test func aCopyThatCannotBeMadeLeavesNothing() throws {
        try withTemporaryFolder { folder in
            let store = try filled(folder + "/log")
            defer { store.close() }
            try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/file"))

            let error = #expect(throws: StoreError.self) { try store.copy(to: folder + "/file") }

            #expect(error?.code == .readOnly)
            #expect(try files(folder) == ["file", "log"])
        }
    }

    @Test func compactingMakesTheFileSmallerAndKeepsWhatIsThere() throws {
        try withTemporaryFolder { folder in
            let store = try filled(folder)
            let before = size(folder)
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/data.mdb")[.posixPermissions] as? Int

            try store.compact()

            #expect(size(folder) < before / 2)
            #expect(
                try FileManager.default.attributesOfItem(atPath: folder + "/data.mdb")[.posixPermissions] as? Int
                    == mode)
            #expect(try store.read { try words.count(in: $0) } == 100)
            try store.write { try words.put("later", "spaeter", in: $0) }
            store.close()
            let again = try Store(folder: folder)
            defer { again.close() }
            #expect(try again.read { try words.count(in: $0) } == 101)
            #expect(try files(folder) == ["data.mdb", "lock.mdb"])
        }
    }

    @Test func compactingIsRefusedWhileAnotherProcessHasTheStoreOpen() throws {
        try withTemporaryFolder { folder in
            let store = try filled(folder)
            defer { store.close() }
            // What every process holds that has it open.
            let other = open(folder, O_RDONLY | O_DIRECTORY)
            #expect(flock(other, LOCK_SH) == 0)

            let error = #expect(throws: StoreError.self) { try store.compact() }
            close(other)

            #expect(error?.code == .locked)
            #expect(error?.description.contains("another process") == true)
            try store.compact()
        }
    }

    @Test func compactingGivesUpWhenAReadDoesNotEnd() throws {
        try withTemporaryFolder { folder in
            let store = try filled(folder)
            defer { store.close() }

            let error = try store.read { _ in #expect(throws: StoreError.self) { try store.compact(waitingAtMost: 0) } }

            #expect(error?.code == .locked)
            #expect(try files(folder) == ["data.mdb", "lock.mdb"])
            try store.write { try words.put("later", "spaeter", in: $0) }
        }
    }

    @Test func whatABrokenCompactionLeftGoesAtTheNextOpening() throws {
        try withTemporaryFolder { folder in
            try filled(folder).close()
            try Data("half".utf8).write(to: URL(fileURLWithPath: folder + "/data.mdb.compacted"))

            try Store(folder: folder).close()

            #expect(try files(folder) == ["data.mdb", "lock.mdb"])
        }
    }

    /// A hundred words, and a lot that was deleted.
    private func filled(_ folder: String) throws -> Store {
        let store = try Store(folder: folder)
        try store.write { transaction throws in
            for number in 0..<3000 { try words.put("\(number)", String(repeating: "x", count: 100), in: transaction) }
        }
        try store.write { transaction throws in
            for number in 100..<3000 { try words.delete("\(number)", in: transaction) }
        }
        return store
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func size(_ folder: String) -> Int {
        FileManager.default.contents(atPath: folder + "/data.mdb")?.count ?? 0
    }
}
