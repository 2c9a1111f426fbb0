import Foundation

/// A folder of suites that were sent here, each a file named for its suite.
public struct SuiteFolder: Sendable {
    public let path: String

    /// Most suites that it takes.
    public static let limit = 200
    /// What a suite may be called that becomes a file: nothing that means something to a file system.
    public static let namePattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$"
    /// A name that an address has for something else.
    private static let reserved = "check"

    public init(_ path: String) { self.path = path }

    /// Reads a suite that was sent, which may name no file beside it.
    ///
    /// - Throws: `SuiteError` naming line, column and what was expected there.
    public static func check(_ bytes: [UInt8], place: String) throws(SuiteError) -> Suite {
        let suite = try Suite(json: bytes, file: place)
        let isName = suite.name.range(of: namePattern, options: .regularExpression) != nil
        guard isName, suite.name != reserved else {
            throw try JSONDocument(bytes, file: place).root.object().error(
                "name", "must be 1 to 100 of a-z, A-Z, 0-9, '-' and '_', the first no sign, and not '\(reserved)'")
        }
        return suite
    }

    /// Keeps a suite that was checked, in the place of one of its name.
    public func keep(_ suite: Suite, _ bytes: [UInt8]) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let others = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0 != suite.name + ".json" }
        guard others.count < Self.limit else {
            throw SuiteError.unwritable(path: path, reason: "it holds \(Self.limit) suites, the limit: delete one")
        }
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: file(of: suite.name)), options: .atomic)
        } catch {
            throw SuiteError.unwritable(path: path, reason: "\(error.localizedDescription)")
        }
    }

    /// Whether it has a suite of this name.
    public func has(_ name: String) -> Bool {
        name.range(of: Self.namePattern, options: .regularExpression) != nil
            && FileManager.default.fileExists(atPath: file(of: name))
    }

    /// - Returns: false when there is none of this name.
    public func remove(_ name: String) throws -> Bool {
        guard has(name) else { return false }
        try FileManager.default.removeItem(atPath: file(of: name))
        return true
    }

    private func file(of name: String) -> String { "\(path)/\(name).json" }
}
