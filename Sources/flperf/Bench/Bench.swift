import ArgumentParser
import Foundation

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures flperf itself, in turn with other programs.",
        discussion:
            "Example:\n  flperf bench log\n  flperf bench replay --runs 200\n  flperf bench recompute --runs 100",
        subcommands: [Log.self, Replay.self, Recompute.self, Client.self, Resources.self, Export.self, HTTP.self])
}

/// The middle of several runs.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}

/// A folder for one measurement, gone afterwards. On the disk of the data folder, since that is what is measured.
func withBenchFolder<Result>(_ options: GlobalOptions, _ body: (String) async throws -> Result) async throws -> Result {
    let parent = options.dataFolder.value
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    let folder = "\(parent)/bench-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
