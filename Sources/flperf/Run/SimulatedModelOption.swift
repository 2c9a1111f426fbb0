import ArgumentParser
import Simulator

/// A simulated model on the command line: `NAME`, or `NAME:key=value,word,…`.
///
/// A name may hold colons; what tells it from the rest is that the rest begins with a known word.
struct SimulatedModelOption {
    var model: SimulatedModel

    /// The words, for the help.
    static let help = """
        ttft=200ms itl=20ms jitter=0.1 load=2s download=30s size=800MB alias=NAME device=cpu|gpu|npu provider=NAME \
        version=N loaded unloaded missing (not downloaded) load-fails download-fails loads=OTHER vanishes=ANSWERS
        """

    /// - Throws: `ValidationError` that names the word at fault.
    init(_ argument: String) throws {
        let colon = argument.indices.first { index in
            argument[index] == ":" && Self.isWord(argument[argument.index(after: index)...])
        }
        let name = argument[..<(colon ?? argument.endIndex)]
        guard !name.isEmpty, !name.contains("="), !name.contains(",") else {
            throw ValidationError("No word begins what follows the name. Known are: \(Self.help).")
        }
        model = SimulatedModel(String(name))
        guard let colon else { return }
        for word in argument[argument.index(after: colon)...].split(separator: ",") {
            try apply(word)
        }
    }

    private static func isWord(_ text: Substring) -> Bool {
        let word = String(text.prefix { $0 != "," && $0 != "=" })
        return text.dropFirst(word.count).first == "=" ? values[word] != nil : words[word] != nil
    }

    private mutating func apply(_ text: Substring) throws {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 1, let word = Self.words[parts[0]] { return word(&model) }
        guard parts.count == 2, let value = Self.values[parts[0]] else {
            throw ValidationError("Unknown word '\(text)'. Known are: \(Self.help).")
        }
        if !value(&model, parts[1]) { throw ValidationError("'\(parts[1])' is no value for '\(parts[0])'.") }
    }

    private static let words: [String: @Sendable (inout SimulatedModel) -> Void] = [
        "loaded": { $0.isLoaded = true }, "unloaded": { $0.isLoaded = false }, "missing": { $0.isDownloaded = false },
        "load-fails": { $0.loadFails = true }, "download-fails": { $0.downloadFails = true },
    ]

    /// Each tells whether the value made sense.
    private static let values: [String: @Sendable (inout SimulatedModel, String) -> Bool] = [
        "ttft": { set(&$0.ttft, TimeSpan(argument: $1)?.duration) },
        "itl": { set(&$0.itl, TimeSpan(argument: $1)?.duration) },
        "jitter": { set(&$0.jitter, Double($1)) },
        "load": { set(&$0.loadTime, TimeSpan(argument: $1)?.duration) },
        "download": { set(&$0.downloadTime, TimeSpan(argument: $1)?.duration) },
        "size": { set(&$0.sizeBytes, bytes($1)) },
        "alias": { set(&$0.alias, $1) },
        "device": { set(&$0.deviceType, SimulatedModel.DeviceType(rawValue: $1.uppercased())) },
        "provider": { set(&$0.executionProvider, $1) },
        "version": { set(&$0.version, $1) },
        "loads": { set(&$0.loadsInstead, $1) },
        "vanishes": { set(&$0.vanishesAfter, Int($1)) },
    ]

    private static func set<Value>(_ place: inout Value, _ value: Value?) -> Bool {
        guard let value else { return false }
        place = value
        return true
    }

    private static func set<Value>(_ place: inout Value?, _ value: Value?) -> Bool {
        guard let value else { return false }
        place = value
        return true
    }

    /// `800MB`, `1.5GB`, or bytes.
    private static func bytes(_ text: String) -> Int64? {
        let units: [(String, Double)] = [("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("", 1)]
        guard let (suffix, factor) = units.first(where: { text.uppercased().hasSuffix($0.0) }),
            let number = Double(text.dropLast(suffix.count)), (0...1e15).contains(number * factor)
        else { return nil }
        return Int64(number * factor)
    }
}
