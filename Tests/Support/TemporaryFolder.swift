import Foundation

/// A folder of the test's own, gone when `body` is over.
public func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try makeTemporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

/// A folder of the test's own, gone when `body` is over. Few tests at a time have one.
public func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = try makeTemporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await TakingTurns.inTurn { try await body(folder) }
}

private func makeTemporaryFolder() throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("flperf-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.path
}

/// The project's folder.
public let projectFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// A file that lies beside the project and is not part of it; nil where it is not there.
public func sharedFile(_ path: String) -> String? {
    let file = (ProcessInfo.processInfo.environment["FLPERF_SHARED"] ?? projectFolder + "/../shared") + "/" + path
    return FileManager.default.fileExists(atPath: file) ? file : nil
}
