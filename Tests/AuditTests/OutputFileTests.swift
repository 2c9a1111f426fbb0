import Audit
import Foundation
import TestSupport
import Testing

/// A file is there when it is whole, and not before.
struct OutputFileTests {
    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func itAppearsWhenItIsFinished() throws {
        try withTemporaryFolder { folder in
            let file = try OutputFile(path: folder + "/out")
            try file.write(Array("one ".utf8))
            #expect(try !files(folder).contains("out"))
            try file.write(Array("two".utf8))
            try file.finish()
            #expect(try files(folder) == ["out"])
            #expect(FileManager.default.contents(atPath: folder + "/out") == Data("one two".utf8))
        }
    }

    @Test func anInterruptedOneLeavesNothingAndWhatWasThereStays() throws {
        try withTemporaryFolder { folder in
            try Data("before".utf8).write(to: URL(fileURLWithPath: folder + "/out"))
            do {
                let file = try OutputFile(path: folder + "/out")
                try file.write(Array("half".utf8))
                #expect(try files(folder).count == 2)
            }
            #expect(try files(folder) == ["out"])
            #expect(FileManager.default.contents(atPath: folder + "/out") == Data("before".utf8))
        }
    }

    @Test func aLinkStaysALink() throws {
        try withTemporaryFolder { folder in
            try Data("before".utf8).write(to: URL(fileURLWithPath: folder + "/real"))
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/real")
            let file = try OutputFile(path: folder + "/link")
            try file.write(Array("after".utf8))
            try file.finish()
            #expect(FileManager.default.contents(atPath: folder + "/real") == Data("after".utf8))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link") == folder + "/real")
        }
    }

    @Test func whatCantBeWrittenIsNamed() throws {
        try withTemporaryFolder { folder in
            let inFolder = #expect(throws: AuditError.self) { try OutputFile(path: folder) }
            #expect(inFolder?.description == "Could not write \(folder): it is a folder; name a file in it.")
            let missing = #expect(throws: AuditError.self) { try OutputFile(path: folder + "/none/out") }
            #expect(missing?.description == "Could not write \(folder)/none/out: No such file or directory.")
            let device = #expect(throws: AuditError.self) { try OutputFile(path: "/dev/null") }
            #expect(device?.description == "Could not write /dev/null: it is no file that can be replaced.")
        }
    }
}
