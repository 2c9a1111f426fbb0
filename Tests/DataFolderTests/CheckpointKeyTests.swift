import DataFolder
import EventStore
import Foundation
import TestSupport
import Testing
import Transparency

struct CheckpointKeyTests {
    static let source = SourceID(UUID())

    static func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func itIsMadeOnceAndNobodyElseCanReadIt() throws {
        try withTemporaryFolder { folder in
            #expect(try CheckpointKey.existing(in: folder) == nil)
            let made = try CheckpointKey.existingOrNew(in: folder, source: Self.source)
            #expect(made.verifier.name == "flperf.local/log/\(Self.source)")
            #expect(try Self.mode(folder + "/checkpoint.key") == 0o600)
            #expect(try CheckpointKey.existingOrNew(in: folder, source: Self.source).verifier == made.verifier)
            #expect(try CheckpointKey.existing(in: folder)?.verifier == made.verifier)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["checkpoint.key"])
        }
    }

    @Test func theOriginIsChosenOnce() throws {
        try withTemporaryFolder { folder in
            let made = try CheckpointKey.existingOrNew(in: folder, source: Self.source, origin: "example.com/bench")
            #expect(made.verifier.name == "example.com/bench")
            let again = try CheckpointKey.existingOrNew(in: folder, source: Self.source, origin: "example.com/bench")
            #expect(again.verifier == made.verifier)
            #expect(
                throws: CheckpointKeyError.otherOrigin(folder + "/checkpoint.key", "example.com/bench", wanted: "b")
            ) {
                try CheckpointKey.existingOrNew(in: folder, source: Self.source, origin: "b")
            }
        }
        try withTemporaryFolder { folder in
            #expect(throws: ProofError.self) {
                try CheckpointKey.existingOrNew(in: folder, source: Self.source, origin: "two words")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o644, 0o666]) func aKeyThatOthersCanGetAtIsRefused(mode: Int) throws {
        try withTemporaryFolder { folder in
            _ = try CheckpointKey.existingOrNew(in: folder, source: Self.source)
            let path = folder + "/checkpoint.key"
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect(throws: CheckpointKeyError.exposed(path, mode_t(mode))) { try CheckpointKey.existing(in: folder) }
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            #expect(try CheckpointKey.existing(in: folder) != nil)
        }
    }

    @Test func aDamagedKeyIsRefusedAndLeftAsItIs() throws {
        try withTemporaryFolder { folder in
            let secret = try CheckpointKey.existingOrNew(in: folder, source: Self.source).secretText
            let path = folder + "/checkpoint.key"
            for text in ["", "\n", secret, secret.dropLast() + "\n", "x" + secret + "\n", secret + "\n\n"] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: CheckpointKeyError.self) {
                    try CheckpointKey.existingOrNew(in: folder, source: Self.source)
                }
                guard case .damaged? = error else {
                    Issue.record("'\(text.count)' characters: \(String(describing: error))")
                    continue
                }
                #expect(error?.description.contains(path) == true)
                #expect(error?.description.contains(secret.suffix(44)) == false)
                #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
            }
        }
    }

    @Test func manyWhoMakeItAtOnceGetTheSame() async throws {
        try await withTemporaryFolder { folder in
            let keys = try await withThrowingTaskGroup(of: VerifierKey.self) { group in
                for _ in 0..<16 {
                    group.addTask { try CheckpointKey.existingOrNew(in: folder, source: Self.source).verifier }
                }
                return try await group.reduce(into: Set<VerifierKey>()) { $0.insert($1) }
            }
            #expect(keys.count == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["checkpoint.key"])
        }
    }

    @Test func aFolderThatCantBeWrittenIsNamed() {
        let error = #expect(throws: CheckpointKeyError.self) {
            try CheckpointKey.existingOrNew(in: "/proc/flperf", source: Self.source)
        }
        #expect(error?.description.contains("/proc/flperf/checkpoint.key") == true)
    }
}
