/// Why a suite could not be used.
public enum SuiteError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file says something that a suite can't say; the place is `file:line:column` where it is known.
    ///
    /// `path` leads there from the root, by keys and counts from 0; it is empty where the text is no JSON.
    case invalid(place: String, reason: String, path: [String] = [])
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// The texts of a recorded scenario were erased.
    case erased(scenario: String)
    case unknownSuite(String, folders: [String], known: [String])
    case unknownScenario(String, suite: String, known: [String])

    public var description: String {
        switch self {
        case .invalid(let place, let reason, _):
            "\(place): \(reason)\(reason.hasSuffix("?") ? "" : ".")"
        case .unreadable(let path, let reason):
            "Could not read \(path): \(reason)."
        case .unwritable(let path, let reason):
            "Could not write in \(path): \(reason)."
        case .erased(let scenario):
            "Could not ask '\(scenario)' again: texts of it were erased from the log."
        case .unknownSuite(let name, let folders, let known):
            "Unknown suite '\(name)' in \(folders.joined(separator: ", ")). "
                + (known.isEmpty
                    ? "There is no suite there; name a folder with --suites."
                    : "There are: \(known.joined(separator: ", ")).")
        case .unknownScenario(let name, let suite, let known):
            "Unknown scenario '\(name)' in suite '\(suite)'. There are: \(known.map { "'\($0)'" }.joined(separator: ", "))."
        }
    }
}
