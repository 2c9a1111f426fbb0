import DataFolder
import Foundation
import TestSupport
import Testing

struct EarlierLogTests {
    /// A log as the first version wrote it, 300 lines of the product's own log.
    private let golden = URL(fileURLWithPath: projectFolder + "/Tests/EventStoreTests/Golden/log-format-1.mdb")

    @Test func aLogOfFormat1IsFoldedIntoTheTablesOfToday() throws {
        try withTemporaryFolder { folder in
            let log = URL(fileURLWithPath: folder + "/data/log")
            try FileManager.default.createDirectory(at: log, withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: golden, to: log.appending(path: "data.mdb"))

            let installation = try Installation(folder: folder + "/data")
            defer { installation.close() }
            try installation.projector.catchUp()

            let lines = try installation.logs(1_000).value
            #expect(lines.count == 300)
            #expect(lines.contains { $0.message == "message 6" })
            #expect(try installation.projector.check().isEmpty)
            #expect(try installation.log.verify().isClean)
        }
    }
}
