/// Whether the model that a response names is the one that was asked for.
///
/// Some servers answer any name with the model they have, so the two must be compared before a figure is reported.
/// Differences that name no other model are allowed:
/// - letter case;
/// - a folder or publisher in front of one of them (`/models/phi.gguf`, `microsoft/phi`), and the ending `.gguf`;
/// - a version `:1`, the tag `:latest` or the revision `@main` that one of them lacks;
/// - a date behind the one that was served: hosted models are asked for by a name that stands for the latest of several.
///
/// Anything else is another model: `phi:1` and `phi:2`, `phi-generic-cpu` and `phi-generic-gpu`, `llama3:8b` and
/// `llama3:70b`, an alias and a variant.
public func sameModel(asked: String, served: String) -> Bool {
    let asked = ModelName(asked), served = ModelName(served)
    let shorter = min(asked.path.count, served.path.count)
    guard shorter > 0, let wanted = asked.path.last, let given = served.path.last else { return false }
    return asked.path.suffix(shorter).dropLast() == served.path.suffix(shorter).dropLast()
        && (wanted == given
            || given.hasPrefix(wanted) && given.dropFirst(wanted.count).wholeMatch(of: /-20\d\d-?\d\d-?\d\d/) != nil)
        && (asked.tag == served.tag || asked.tag == nil && served.hasOptionalTag
            || served.tag == nil && asked.hasOptionalTag)
}

extension Backend {
    /// Why what an answer gave must not be reported as the model's that was asked; nil when it may be.
    ///
    /// - Parameters:
    ///   - served: the model that the answer names; one that names none is believed.
    ///   - asked: the name that was asked for.
    public func refusal(ofAnswerBy served: String, asked: String) -> BackendError? {
        guard !served.isEmpty, !sameModel(asked: asked, served: served) else { return nil }
        return BackendError(
            .otherModelServed,
            "\(kind.subject) at \(endpoint) was asked for '\(asked)' and says that '\(served)' answered. "
                + "Its figures are not reported as those of '\(asked)'.")
    }
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
