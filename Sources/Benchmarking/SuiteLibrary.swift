import Foundation

/// The suites in some folders, the first folder that has a name winning.
public struct SuiteLibrary: Sendable {
    public var folders: [String]

    public init(folders: [String]) { self.folders = folders }

    /// A suite file and what came of reading it: one bad file does not hide the others.
    public struct Entry: Sendable {
        public var path: String
        public var suite: Result<Suite, SuiteError>

        /// Reads the file at `path`.
        public init(path: String) {
            self.path = path
            suite = SuiteLibrary.read(path)
        }
    }

    /// Every suite file, in order of name.
    public func entries() -> [Entry] {
        var seen: Set<String> = []
        return folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
                .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") && seen.insert($0).inserted }.sorted()
                .map { Entry(path: "\(folder)/\($0)") }
        }
    }

    /// The suite of this name, by its file's name or the name inside; or the file at this path when the name is one.
    ///
    /// - Throws: `SuiteError`: unknown, unreadable or invalid. A name never leaves the folders: only an explicit path
    ///   (with a slash and `.json`) does, and only where `paths` allows it.
    public func suite(_ name: String, paths: Bool = false) throws(SuiteError) -> Suite {
        let isPath = name.contains("/") || name.hasSuffix(".json")
        if isPath, paths { return try Self.read(name).get() }
        // The name inside a file may have a slash too.
        for folder in isPath || name.hasPrefix(".") ? [] : folders {
            let path = "\(folder)/\(name).json"
            if FileManager.default.fileExists(atPath: path) { return try Self.read(path).get() }
        }
        for entry in entries() {
            if case .success(let suite) = entry.suite, suite.name == name { return suite }
        }
        throw .unknownSuite(name, folders: folders, known: names)
    }

    private var names: [String] { entries().compactMap { try? $0.suite.get().name } }

    /// Reads one file.
    public static func read(_ path: String) -> Result<Suite, SuiteError> {
        do throws(SuiteError) {
            let bytes = try bytes(of: path, limit: maximumBytes, reason: "a suite has no more")
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            return .success(
                try Suite(json: bytes, file: path) { (name) throws(SuiteError) in
                    try PromptFile(path: URL(fileURLWithPath: name, relativeTo: folder).path)
                })
        } catch {
            return .failure(error)
        }
    }

    /// - Throws: `SuiteError` when the file can't be read, or has more bytes than `limit`, for that `reason`.
    static func bytes(of path: String, limit: Int, reason: String) throws(SuiteError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            let exists = FileManager.default.fileExists(atPath: path)
            throw .unreadable(path: path, reason: exists ? "it can't be opened" : "there is no such file")
        }
        guard data.count <= limit else {
            throw .unreadable(
                path: path, reason: "it has \(data.count) bytes, more than the \(limit) allowed: \(reason)")
        }
        return [UInt8](data)
    }

    /// Largest suite file that is read.
    public static let maximumBytes = 16 << 20
}
