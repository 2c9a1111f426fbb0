import DataFolder
import Formulas
import Foundation
import TestSupport
import Testing

/// The user's own sets in a folder, by name and by file.
struct FormulaLibraryTests {
    private static func text(_ name: String, _ expression: String = "count()") -> String {
        "set: \(name)\nversion: 1\nresult: {n: {expr: \(expression), unit: '1'}}\n"
    }

    private static func with(
        _ files: [String: String], _ body: (Installation, String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let formulas = folder + "/sets"
            try FileManager.default.createDirectory(atPath: formulas, withIntermediateDirectories: true)
            for (file, text) in files {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(formulas)/\(file)"))
            }
            let installation = try Installation(folder: folder + "/data", formulas: formulas)
            defer { installation.close() }
            try await body(installation, formulas)
        }
    }

    @Test func aSetIsFoundByTheNameInsideItsFile() async throws {
        try await Self.with(["a.yaml": Self.text("mine"), "b.yml": Self.text("yours"), "c.txt": "no set"]) {
            installation, folder in
            let found = try ["mine/1", "yours/1", "vllm/1"].map { try installation.formulaSet($0) }
            #expect(found.map(\.name) == ["mine/1", "yours/1", "vllm/1"])
            #expect(found[2].digest == FormulaSet.named("vllm/1")?.digest)
            #expect(installation.formulas.entries().map(\.path) == ["\(folder)/a.yaml", "\(folder)/b.yml"])
        }
    }

    @Test func aPathIsReadOnlyWhereOneMayBeGiven() async throws {
        try await Self.with(["a.yaml": Self.text("mine")]) { installation, folder in
            let found = try installation.formulaSet("\(folder)/a.yaml", paths: true)
            #expect(found.name == "mine/1")
            #expect(throws: FormulaLookupError.self) { try installation.formulaSet("\(folder)/a.yaml") }
        }
    }

    @Test func aFaultyFileHidesNoOtherAndIsNamed() async throws {
        try await Self.with(["a.yaml": Self.text("mine", "count(fist_content)"), "b.yaml": Self.text("yours")]) {
            installation, folder in
            let found = try installation.formulaSet("yours/1")
            #expect(found.name == "yours/1")
            let error = #expect(throws: FormulaLookupError.self) { try installation.formulaSet("your/1") }
            let sentence = try #require(error?.description)
            #expect(sentence.contains("Did you mean 'yours/1'?"))
            #expect(sentence.contains("\(folder)/a.yaml:3:"), "\(sentence)")
            #expect(sentence.contains("Did you mean 'first_content'?"), "\(sentence)")
        }
    }

    @Test func oneNameWithTwoTextsIsRefused() async throws {
        try await Self.with(["a.yaml": Self.text("mine"), "b.yaml": Self.text("mine", "count() + 1")]) {
            installation, _ in
            let error = #expect(throws: FormulaLookupError.self) { try installation.formulaSet("mine/1") }
            #expect(error?.description.contains("Give one of them another version") == true)
        }
        // A copy is no other text.
        try await Self.with(["a.yaml": Self.text("mine"), "b.yaml": Self.text("mine")]) { installation, _ in
            let found = try installation.formulaSet("mine/1")
            #expect(found.name == "mine/1")
        }
    }

    @Test func whatCanNotBeReadSaysWhy() throws {
        try withTemporaryFolder { folder in
            for (path, reason) in [("\(folder)/none.yaml", "there is no such file"), (folder, "it is a folder")] {
                guard case .failure(let error) = FormulaLibrary.read(path) else {
                    Issue.record("\(path) was read")
                    continue
                }
                #expect(error == .unreadable(path, reason: reason))
            }
            // Read no further than a set may be long.
            guard case .failure(.faulty(let error)) = FormulaLibrary.read("/dev/zero") else {
                Issue.record("/dev/zero was read")
                return
            }
            #expect(error.code == .limit)
        }
    }
}
