#if os(Linux)
import Foundation
import TestSupport
import Testing

/// The short forms of the trials in `Tests/Scripts/try-to-break-the-log.sh`, which also makes them at length.
@Suite(.serialized) struct TrialTests {
    @Test(arguments: ["kills", "failpoints", "truncations", "flips", "killed-readers"])
    func theLogWithstands(trial: String) async throws { try await expectToPass(trial) }

    @Test(
        .enabled(if: hasFile("/usr/bin/clang", inPath: "clang"), "needs clang, which comes with Swift: add it to PATH"),
        arguments: ["kills-in-a-write", "io-faults", "power-cuts", "power-cuts-after-failed-syncs"])
    func theLogWithstandsAFaultyDisk(trial: String) async throws { try await expectToPass(trial) }

    @Test(
        .enabled(
            if: hasFile("/usr/bin/fiu-run", inPath: "fiu-run"), "needs libfiu: apt-get install fiu-utils libfiu-dev"))
    func theLogWithstandsLibfiu() async throws { try await expectToPass("libfiu") }

    @Test(.enabled(if: hasFile("/usr/bin/faketime", inPath: "faketime"), "needs libfaketime: apt-get install faketime"))
    func theLogWithstandsClockJumps() async throws { try await expectToPass("clock-jumps") }

    @Test(.enabled(if: geteuid() == 0, "needs root, to mount a small disk"))
    func theLogWithstandsAFullDisk() async throws { try await expectToPass("full-disk") }

    /// The script exits with 77 where the machine does not let it try.
    private func expectToPass(_ trial: String) async throws {
        let (status, output) = try await run(["--short", trial])
        #expect(status == 0 || status == 77, "\(output)")
    }

    private func run(_ arguments: [String]) async throws -> (Int32, String) {
        try await withCheckedThrowingContinuation { continuation in
            // Waiting for a process blocks, and the other tests need the pool's threads.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let process = try ChildProcess(
                            projectFolder + "/Tests/Scripts/try-to-break-the-log.sh", arguments,
                            environment: ["FLPERF_EXERCISER": TrialTests.exerciser.path])
                        return (process.wait(), process.output + process.errors)
                    })
            }
        }
    }

    /// It lies beside the program that runs the tests.
    private static let exerciser = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("log-exerciser")
}

/// Whether a program is there, at its usual place or in one of the folders of PATH.
private func hasFile(_ path: String, inPath name: String) -> Bool {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let places: [String] = [path] + folders.map { "\($0)/\(name)" }
    return places.contains { FileManager.default.isExecutableFile(atPath: $0) }
}
#endif
