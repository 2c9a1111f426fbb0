import Foundation
import TestSupport
import Testing

/// What a reviewer would otherwise have to look at every time.
struct RepositoryTests {
    /// Swift files below a folder of the project, generated ones left out.
    private static func sources(_ folder: String) throws -> [(path: String, text: String)] {
        let root = projectFolder + "/" + folder
        let files = FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []
        return try files.filter { $0.hasSuffix(".swift") && !$0.hasSuffix(".pb.swift") }.map {
            ("\(folder)/\($0)", try String(contentsOfFile: "\(root)/\($0)", encoding: .utf8))
        }
    }

    private static func imports(_ text: String) -> [String] {
        // Few lines are imports: a regular expression over all of them would take most of the tests' time.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { $0.drop { $0 == UInt8(ascii: " ") } }
        return lines.filter { $0.starts(with: "import ".utf8) || $0.starts(with: "@testable".utf8) }.compactMap {
            line in
            Substring(line).firstMatch(of: #/^\s*(?:@testable )?import (?:class |struct |func )?([A-Za-z_]+)/#).map {
                String($0.1)
            }
        }
    }

    @Test(arguments: [
        ("CLMDB", "Sources/Storage/"), ("CCurl", "Sources/Streaming/"), ("CSocket", "Sources/Streaming/"),
    ])
    func aCLibraryIsSeenByOneModule(library: String, home: String) throws {
        let users = try (Self.sources("Sources") + Self.sources("Projections"))
            .filter { Self.imports($0.text).contains(library) }.map(\.path)
        #expect(!users.isEmpty)
        #expect(users.allSatisfy { $0.hasPrefix(home) }, "\(users)")
    }

    @Test func noProjectionImportsAnother() throws {
        let projections = try FileManager.default.contentsOfDirectory(atPath: projectFolder + "/Projections")
        #expect(projections.count >= 4)
        for (path, text) in try Self.sources("Projections") {
            let others = projections.filter { !path.hasPrefix("Projections/\($0)/") }
            #expect(Set(Self.imports(text)).isDisjoint(with: others), "\(path)")
        }
    }

    @Test func theMeasuringPartsDoNotKnowTheLog() throws {
        for folder in ["Formulas", "Statistics", "Streaming", "Orchestrator", "Resources", "Benchmarking", "Simulator"]
        {
            for (path, text) in try Self.sources("Sources/\(folder)") {
                #expect(
                    Set(Self.imports(text)).isDisjoint(with: ["EventStore", "Storage", "ProjectionKit"]), "\(path)")
            }
        }
    }

    @Test func theReadmeNamesEveryFolder() throws {
        let readme = try String(contentsOfFile: projectFolder + "/README.md", encoding: .utf8)
        let folders = try FileManager.default.contentsOfDirectory(atPath: projectFolder + "/Sources")
        for folder in folders where !["CLMDB", "CCurl", "CHash", "CSocket"].contains(folder) && !folder.hasPrefix(".") {
            #expect(readme.contains("Sources/\(folder)`") || readme.contains("`\(folder)`"), "README lacks \(folder)")
        }
    }

    @Test func theReadmesCommandsAreWhereCILooksForThem() throws {
        let readme = try String(contentsOfFile: projectFolder + "/README.md", encoding: .utf8)
        #expect(readme.contains("```sh run\n$(command -v sudo) apt-get update"))
        #expect(readme.contains("swift run -c release flperf run\n```"))
        #expect(readme.contains("```sh test\n"))
        #expect(readme.contains("swift test\n```"))
    }

    @Test func noFileNamesAPlaceOfOneMachine() throws {
        // Put together here, so that this file does not name them either.
        let places = ["/ro" + "ot/", "/wo" + "rk/", "/ho" + "me/"]
        for folder in ["Sources", "Projections", "Tests"] {
            for (path, text) in try Self.sources(folder) {
                for place in places { #expect(!text.contains(place), "\(path) names \(place)") }
            }
        }
    }

    @Test func aFileIsOneIdea() throws {
        for folder in ["Sources", "Projections", "Tests"] {
            for (path, text) in try Self.sources(folder) {
                let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
                #expect(lines <= 400, "\(path) has \(lines) lines")
            }
        }
    }
}
