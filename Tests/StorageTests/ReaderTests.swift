import Foundation
import TestSupport
import Testing

@testable import Storage

struct ReaderTests {
    let words = Table<String, String>("words")

    @Test func anOpenSnapshotIsListedWithItsLag() throws {
        try withTemporaryFolder { folder in
            let store = try Store(folder: folder)
            defer { store.close() }
            try store.write { try words.put("0", "", in: $0) }
            let held = store.lastTransaction()

            let readers = try store.read { _ in
                for number in 1...3 { try store.write { try words.put("\(number)", "", in: $0) } }
                return store.readers()
            }

            #expect(readers.count == 1)
            #expect(readers.first?.processID == getpid())
            #expect(readers.first?.transaction == held)
            #expect(readers.first?.transactionsBehind == 3)
            #expect(store.readers().isEmpty)
        }
    }

    @Test func onlySlotsInUseAreRead() {
        let text = "    pid     thread     txnid\n      4711 7f55aa00 12\n       815 7f55bb00 -\n      4712 1f 14\n"

        let readers = StoreReader.parse(text, last: 14)

        #expect(readers.map(\.processID) == [4711, 4712])
        #expect(readers.map(\.transactionsBehind) == [2, 0])
        #expect(StoreReader.parse("(no active readers)\n", last: 14).isEmpty)
    }

    @Test func aFolderWithoutWritePermissionIsReadWithoutLocks() throws {
        try withTemporaryFolder { folder in
            let writer = try Store(folder: folder)
            try writer.write { try words.put("one", "eins", in: $0) }
            writer.close()
            let locks = open(folder, O_RDONLY | O_DIRECTORY)
            defer { close(locks) }
            for (path, mode) in [("", 0o555), ("/data.mdb", 0o444), ("/lock.mdb", 0o444)] {
                chmod(folder + path, mode_t(mode))
            }
            var options = Store.Options()
            options.readOnly = true

            try asNobody {
                let store = try Store(folder: folder, options: options)
                #expect(store.readsWithoutLocks)
                #expect(try store.read { try words.get("one", in: $0) } == "eins")
                #expect(store.readers().isEmpty)
                try store.reopen()
                #expect(try store.read { try words.get("one", in: $0) } == "eins")
                store.close()
                // A process that has it open may be writing.
                #expect(flock(locks, LOCK_SH) == 0)
                let error = #expect(throws: StoreError.self) { _ = try Store(folder: folder, options: options) }
                #expect(error?.code == .locked)
            }
            chmod(folder, 0o755)
        }
    }
}
