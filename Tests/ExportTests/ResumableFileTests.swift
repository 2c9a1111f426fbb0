import Export
import Foundation
import TestSupport
import Testing

struct ResumableFileTests {
    private func resume(_ format: TextFormat, _ world: ExportWorld, _ path: String) throws {
        let file = try ResumableFile(path: path, format: format)
        var source = try world.source()
        source.after = file.lastPosition ?? 0
        _ = try TextExport(format, of: [.samples]).write(source, to: { try file.write($0) })
        try file.finish()
    }

    /// Wherever it was cut off, inside of a quoted line break too, it becomes what it would have been.
    @Test(arguments: [TextFormat.csv, .ndjson])
    func anExportThatWasCutOffAnywhereBecomesWhole(format: TextFormat) async throws {
        try await ExportWorld.with { world in
            let whole = Array(try world.text(format, [.samples]).utf8)
            let path = world.folder + "/samples"
            for length in Array(stride(from: 0, to: whole.count, by: 311)) + [whole.count - 1, whole.count] {
                try Data(whole[..<length]).write(to: URL(fileURLWithPath: path + ".partial"))

                try resume(format, world, path)

                let written = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                #expect(written == whole, "cut off at \(length)")
                #expect(!FileManager.default.fileExists(atPath: path + ".partial"))
            }
        }
    }

    @Test(arguments: [TextFormat.csv, .ndjson])
    func anotherFileIsLeftAsItIs(format: TextFormat) async throws {
        try await ExportWorld.with { world in
            let path = world.folder + "/samples"
            let other = Data("a,b\r\n1,2\r\n".utf8)
            try other.write(to: URL(fileURLWithPath: path + ".partial"))

            let error = #expect(throws: ExportError.self) { try resume(format, world, path) }

            #expect(error?.description.contains("is no export of samples in this format") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path + ".partial")) == other)
        }
    }

    @Test func twoExportsDoNotWriteOneFile() async throws {
        try await ExportWorld.with { world in
            let path = world.folder + "/samples"
            let first = try ResumableFile(path: path, format: .csv)

            let error = #expect(throws: ExportError.self) { try ResumableFile(path: path, format: .csv) }

            #expect(error?.description.contains("another export writes") == true)
            try first.finish()
        }
    }
}
