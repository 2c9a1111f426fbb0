import Foundation
import TestSupport
import Testing

@testable import Storage

/// One bit of the file is another, or its end is missing: reading says so or gives what was written, and never crashes.
struct PageDamageTests {
    @Test(arguments: [2048, 0])
    func aFlippedBitIsToldOrChangesNothing(leavesCheckedAtOpening: UInt64) throws {
        try withTemporaryFolder { folder in
            let sample = try DamageSample(folder: folder)
            var random = SeededRandom(leavesCheckedAtOpening)
            var told = 0
            let flips = (leavesCheckedAtOpening > 0 ? 200 : 100) * DamageSample.effort
            for _ in 0..<flips {
                let (offset, bit) = sample.anyBit(&random)
                try sample.flip(offset, bit)
                do {
                    var options = Store.Options()
                    options.readOnly = true
                    options.leavesCheckedAtOpening = leavesCheckedAtOpening
                    let store = try Store(folder: folder, options: options)
                    defer { store.close() }
                    let outcome = try sample.read(
                        store, flipped: offset, countsAreChecked: leavesCheckedAtOpening > 0)
                    #expect(outcome.wrong == [], "byte \(offset), bit \(bit)")
                    told += min(1, outcome.told)
                } catch let error as StoreError {
                    #expect([.corrupted, .newerVersion].contains(error.code), "\(error)")
                    told += 1
                }
                try sample.flip(offset, bit)
            }
            #expect(told > flips / 2, "most of these bits matter")
        }
    }

    /// Without what is checked at opening: wrong answers are possible then, touching other bytes than the file's is not.
    @Test func noFlippedBitMakesTheReaderLeaveTheFile() throws {
        try withTemporaryFolder { folder in
            let sample = try DamageSample(folder: folder)
            var random = SeededRandom(3)
            for _ in 0..<100 * DamageSample.effort {
                let flips = (0..<Int.random(in: 1...3, using: &random)).map { _ in sample.anyBit(&random) }
                for (offset, bit) in flips { try sample.flip(offset, bit) }
                try sample.readAllUnchecked()
                for (offset, bit) in flips { try sample.flip(offset, bit) }
            }
        }
    }

    /// But for the last pages, where nothing needs them.
    @Test func aFileCutAtAnyPageIsRefused() throws {
        try withTemporaryFolder { folder in
            let sample = try DamageSample(folder: folder)
            let whole = try Data(contentsOf: URL(fileURLWithPath: sample.file))
            var refused = 0
            for page in 1..<whole.count / 4096 {
                truncate(sample.file, off_t(page * 4096))
                do {
                    let store = try Store(folder: folder)
                    defer { store.close() }
                    #expect(page > 2)
                    #expect(try sample.read(store, flipped: 0, countsAreChecked: true).wrong == [], "page \(page)")
                } catch let error as StoreError {
                    #expect(error.code == .corrupted)
                    refused += 1
                }
                if page.isMultiple(of: 4) { try sample.readAllUnchecked() }
                try whole.write(to: URL(fileURLWithPath: sample.file))
            }
            #expect(refused > whole.count / 4096 * 9 / 10)
            let store = try Store(folder: folder)
            defer { store.close() }
            #expect(try sample.read(store, flipped: 0, countsAreChecked: true).wrong == [])
        }
    }

    /// With numbers of every pattern of last bits: some changes leave the two still one apart. Only where a changed number is
    /// what a failed commit leaves behind is it not seen.
    @Test(arguments: 0..<4) func hardlyABitOfACommitsNumberCanChange(commits: Int) throws {
        try withTemporaryFolder { folder in
            let sample = try DamageSample(folder: folder)
            let store = try Store(folder: folder)
            for _ in 0..<commits { try store.write { try DamageSample.events.put(1, [], in: $0) } }
            store.close()
            let whole = try Data(contentsOf: URL(fileURLWithPath: sample.file))
            var unseen = 0
            for page in 0..<2 {
                for bit in 0..<64 {
                    try sample.flip(page * 4096 + 144 + bit / 8, bit % 8)
                    do {
                        try Store(folder: folder).close()
                        unseen += 1
                    } catch let error as StoreError {
                        #expect(error.code == .corrupted)
                    }
                    try whole.write(to: URL(fileURLWithPath: sample.file))
                }
            }
            #expect(unseen <= 1)
            try Store(folder: folder).close()
        }
    }

    @Test func aReferenceToAnOlderVersionOfAPageIsFound() throws {
        try withTemporaryFolder { folder in
            let sample = try DamageSample(folder: folder)
            let (offset, child, doubles) = try sample.doublesOfLastEvents()
            #expect(doubles.count > 1, "there are some to go astray to")
            for double in doubles {
                sample.write(UInt32(double), at: offset)

                let error = #expect(throws: StoreError.self) { try Store(folder: folder) }

                #expect(error?.description.contains("page \(double) of data.mdb is damaged, it is used twice") == true)
            }
            sample.write(UInt32(child), at: offset)
            try Store(folder: folder).close()
        }
    }

    @Test func theFullCheckFindsARecordTooFew() throws {
        try withTemporaryFolder { folder in
            let sample = try DamageSample(folder: folder)
            // How many records "events" has: in the table's own record, behind the name.
            try sample.flip(try sample.offsetOfCount("events"), 0)
            var options = Store.Options()
            options.leavesCheckedAtOpening = 0
            let store = try Store(folder: folder, options: options)
            defer { store.close() }

            let problems = try store.checkPages().problems

            #expect(problems.map(\.code) == [.corrupted])
            #expect(throws: StoreError.self) {
                try store.read { try DamageSample.events.scan(in: $0) { _, _ in true } }
            }
        }
    }
}
