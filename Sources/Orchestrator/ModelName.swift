/// Whether the model that a response names is the one that was asked for.
///
/// Some servers answer any name with the model they have, so the two must be compared before a figure is reported.
/// Differences that name no other model are allowed:
/// - letter case;
/// - a folder or publisher in front of one of them (`/models/phi.gguf`, `microsoft/phi`), and the ending `.gguf`;
/// - a version `:1`, the tag `:latest` or the revision `@main` that one of them lacks.
///
/// Anything else is another model: `phi:1` and `phi:2`, `phi-generic-cpu` and `phi-generic-gpu`, `llama3:8b` and
/// `llama3:70b`, an alias and a variant.
public func sameModel(asked: String, served: String) -> Bool {
    let asked = ModelName(asked), served = ModelName(served)
    let shorter = min(asked.path.count, served.path.count)
    return shorter > 0 && asked.path.suffix(shorter) == served.path.suffix(shorter)
        && (asked.tag == served.tag || asked.tag == nil && served.hasOptionalTag
            || served.tag == nil && asked.hasOptionalTag)
}

/// A model's name taken apart: folders, the name itself, and the tag or version behind it.
struct ModelName: Equatable {
    var path: [Substring]
    var tag: Substring?

    init(_ text: String) {
        path = text.lowercased().split(whereSeparator: { $0 == "/" || $0 == "\\" })
        guard var name = path.popLast() else { return }
        if name.hasSuffix("@main") { name = name.dropLast(5) }
        if let colon = name.lastIndex(of: ":") {
            tag = name[name.index(after: colon)...]
            name = name[..<colon]
        }
        if name.hasSuffix(".gguf") { name = name.dropLast(5) }
        path.append(name)
    }

    /// A tag that a server may leave out without meaning another model.
    var hasOptionalTag: Bool {
        guard let tag else { return true }
        return tag == "latest" || !tag.isEmpty && tag.allSatisfy(\.isNumber)
    }
}
