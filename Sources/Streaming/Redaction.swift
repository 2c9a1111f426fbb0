import Foundation

/// What a server's message may not repeat into ours: keys that went out in headers, and the text of the prompt.
struct Redaction: Sendable {
    private var secrets: [String] = []
    private var body: [UInt8] = []

    /// A piece this long that stands in the request too, and has two spaces, quotes the prompt: a model's name has none.
    static let quotationBytes = 24
    /// Longest message that is kept, in characters.
    static let messageLimit = 300

    init() {}

    init(of request: StreamRequest) {
        let telling = ["authorization", "key", "token", "cookie", "secret"]
        for (name, value) in request.headers where telling.contains(where: name.lowercased().contains) {
            secrets.append(value)
            secrets += value.split(separator: " ").filter { $0.count >= 8 }.map(String.init)
        }
        secrets = secrets.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
        body = request.body ?? []
    }

    /// The message on one line, without the secrets and without anything that a terminal would obey, at most `messageLimit` characters long.
    func clean(_ message: String) -> String {
        var text = message.prefix(Self.messageLimit * 8).split(whereSeparator: { $0.isWhitespace || $0.isControl })
            .joined(separator: " ")
        for secret in secrets {
            text = text.replacing(secret, with: "…")
        }
        if text.count > Self.messageLimit {
            text = text.prefix(Self.messageLimit) + "…"
        }
        return quotesBody(text) ? "(a message that quotes the request)" : text
    }

    private func quotesBody(_ text: String) -> Bool {
        let message = Array(text.utf8)
        let size = Self.quotationBytes
        return stride(from: 0, to: message.count - size + 1, by: size).contains { start in
            let piece = message[start..<start + size]
            guard piece.count(where: { $0 == UInt8(ascii: " ") }) >= 2 else { return false }
            return Data(body).range(of: Data(piece)) != nil
        }
    }
}

extension Character {
    /// Whether it may move a terminal's cursor or change its colours.
    fileprivate var isControl: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }
}
