import Formulas
import Foundation

/// The user's own formula sets: the YAML files of one folder.
public struct FormulaLibrary: Sendable {
    /// Where they lie; it need not be there.
    public var folder: String

    public init(folder: String) { self.folder = folder }

    /// A file and what came of reading it: one bad file does not hide the others.
    public struct Entry: Sendable {
        public var path: String
        public var set: Result<FormulaSet, FormulaLookupError>
    }

    /// Every formula file, in order of name.
    public func entries() -> [Entry] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.hasPrefix(".") }.sorted()
            .map { Entry(path: "\(folder)/\($0)", set: Self.read("\(folder)/\($0)")) }
    }

    /// The set of this name; nil when no file that can be read has it.
    ///
    /// - Throws: `FormulaLookupError.ambiguous` when two texts have the name.
    public func set(named name: String) throws(FormulaLookupError) -> FormulaSet? {
        let found = entries().compactMap { entry in
            (try? entry.set.get()).flatMap { $0.name == name ? (path: entry.path, set: $0) : nil }
        }
        guard Set(found.map(\.set.digest)).count < 2 else { throw .ambiguous(name, paths: found.map(\.path)) }
        return found.first?.set
    }

    /// Reads one file.
    public static func read(_ path: String) -> Result<FormulaSet, FormulaLookupError> {
        do throws(FormulaLookupError) { return .success(try set(at: path)) } catch { return .failure(error) }
    }

    private static func set(at path: String) throws(FormulaLookupError) -> FormulaSet {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .unreadable(path, reason: "there is no such file")
        }
        // One byte more than a set may have tells that it has too many, whatever the file is.
        guard !isFolder.boolValue, let handle = FileHandle(forReadingAtPath: path),
            let data = try? handle.read(upToCount: FormulaLimits.textBytes + 1)
        else {
            throw .unreadable(path, reason: isFolder.boolValue ? "it is a folder" : "it can't be opened")
        }
        do throws(FormulaError) {
            return try FormulaSet(text: String(decoding: data, as: UTF8.self), file: path)
        } catch {
            throw .faulty(error)
        }
    }
}

/// Why there is no formula set of that name.
public enum FormulaLookupError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(String, reason: String)
    case faulty(FormulaError)
    case ambiguous(String, paths: [String])
    case unknown(String, known: [String], folder: String, faulty: [String])

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): return "Could not read \(path): \(reason)."
        case .faulty(let error): return error.description
        case .ambiguous(let name, let paths):
            return
                "Could not choose '\(name)': \(paths.joined(separator: " and ")) both have that name, with different "
                + "texts. Give one of them another version."
        case .unknown(let name, let known, let folder, let faulty):
            var sentence = "Unknown formula set '\(name)'." + Guess.sentence(for: name, among: known)
            sentence += " There are: \(known.joined(separator: ", ")); more may lie in \(folder)."
            // The one that was meant may be the one that can't be read.
            if !faulty.isEmpty { sentence += " Could not be read: \(faulty.joined(separator: "; "))." }
            return sentence
        }
    }
}

extension FormulaLibrary {
    /// The formula set of this name: a built-in one, one of the folder, or one that was adopted.
    ///
    /// - Parameters:
    ///   - paths: whether the name may also be that of a file anywhere.
    ///   - adopted: gives the sets that a log has the text of.
    /// - Throws: `FormulaLookupError`, and what `adopted` throws.
    public func formulaSet(
        _ name: String, paths: Bool = false, adopted: () throws -> [FormulaSet] = { [] }
    ) throws -> FormulaSet {
        if let set = try FormulaSet.named(name) ?? set(named: name) { return set }
        if paths, FileManager.default.fileExists(atPath: name) { return try Self.read(name).get() }
        let adopted = try adopted()
        if let set = adopted.first(where: { $0.name == name }) { return set }
        let entries = entries()
        let known = FormulaSet.builtIn + entries.compactMap { try? $0.set.get() } + adopted
        throw FormulaLookupError.unknown(
            name, known: known.map(\.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }, folder: folder,
            faulty: entries.compactMap {
                guard case .failure(let error) = $0.set else { return nil }
                return error.description
            })
    }
}

extension Installation {
    /// The formula set of this name: a built-in one, one of the user's folder, or one that the log has the text of.
    ///
    /// - Parameter paths: whether the name may also be that of a file anywhere.
    /// - Throws: `FormulaLookupError`, and what reading the tables throws.
    public func formulaSet(_ name: String, paths: Bool = false) throws -> FormulaSet {
        try formulas.formulaSet(name, paths: paths, adopted: adoptedSets)
    }
}
