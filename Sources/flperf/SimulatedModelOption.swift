import ArgumentParser
import Simulator

/// A simulated model on the command line: `NAME`, or `NAME:key=value,word,…`.
///
/// A name may hold colons; what tells it from the rest is that the rest begins with a known word.
struct SimulatedModelOption: ExpressibleByArgument {
    var model: SimulatedModel

    /// The words, for the help.
    static let words = """
        ttft=200ms itl=20ms jitter=0.1 load=2s download=30s size=800MB alias=NAME device=cpu|gpu|npu provider=NAME \
        version=N loaded unloaded missing (not downloaded) load-fails download-fails loads=OTHER vanishes=ANSWERS
        """

    init?(argument: String) {
        let colon = argument.indices.first { index in
            argument[index] == ":" && Self.isWord(argument[argument.index(after: index)...])
        }
        let name = argument[..<(colon ?? argument.endIndex)]
        guard !name.isEmpty else { return nil }
        model = SimulatedModel(String(name))
        guard let colon else { return }
        for word in argument[argument.index(after: colon)...].split(separator: ",") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard apply(parts[0], parts.count > 1 ? parts[1] : nil) else { return nil }
        }
    }

    private static func isWord(_ text: Substring) -> Bool {
        let word = String(text.prefix { $0 != "," && $0 != "=" })
        if text.dropFirst(word.count).first == "=" { return valued.contains(word) }
        var probe = SimulatedModelOption()
        return probe.apply(word, nil)
    }

    private static let valued: Set = [
        "ttft", "itl", "jitter", "load", "download", "size", "alias", "device", "provider", "version", "loads",
        "vanishes",
    ]

    private init() { model = SimulatedModel("") }

    /// Whether the word means something, and its value with it.
    private mutating func apply(_ word: String, _ value: String?) -> Bool {
        guard let value else {
            switch word {
            case "loaded": model.isLoaded = true
            case "unloaded": model.isLoaded = false
            case "missing": model.isDownloaded = false
            case "load-fails": model.loadFails = true
            case "download-fails": model.downloadFails = true
            default: return false
            }
            return true
        }
        func set<Value>(_ path: WritableKeyPath<SimulatedModel, Value>, _ value: Value?) -> Bool {
            guard let value else { return false }
            model[keyPath: path] = value
            return true
        }
        let duration = TimeSpan(argument: value)?.duration
        switch word {
        case "ttft": return set(\.ttft, duration)
        case "itl": return set(\.itl, duration)
        case "load": return set(\.loadTime, duration)
        case "download": return set(\.downloadTime, duration)
        case "jitter": return set(\.jitter, Double(value))
        case "size": return set(\.sizeBytes, Self.bytes(value))
        case "alias": return set(\.alias, value)
        case "device": return set(\.deviceType, SimulatedModel.DeviceType(rawValue: value.uppercased()))
        case "provider": return set(\.executionProvider, value)
        case "version": return set(\.version, value)
        case "loads": return set(\.loadsInstead, value)
        case "vanishes": return set(\.vanishesAfter, Int(value))
        default: return false
        }
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
