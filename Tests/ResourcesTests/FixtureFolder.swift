import Foundation
import TestSupport

/// Calls `body` with a folder that holds these files, each by its path with its content, and these symbolic links.
func withFiles(
    _ files: [String: String], links: [String: String] = [:], _ body: (_ root: String) throws -> Void
) throws {
    try withTemporaryFolder { root in
        for (path, content) in files { try write(content, to: "\(root)/\(path)") }
        for (path, target) in links {
            try makeFolder(of: "\(root)/\(path)")
            try FileManager.default.createSymbolicLink(atPath: "\(root)/\(path)", withDestinationPath: target)
        }
        try body(root)
    }
}

/// Writes a file, its folders too.
func write(_ content: String, to path: String) throws {
    try makeFolder(of: path)
    try content.write(toFile: path, atomically: false, encoding: .utf8)
}

private func makeFolder(of path: String) throws {
    try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
}
