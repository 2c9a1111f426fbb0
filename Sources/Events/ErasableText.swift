import Crypto
import Foundation

/// A text as it is kept apart from its event, so that it can be erased: the event holds only the commitment.
///
/// The salt keeps a short text from being guessed out of its commitment once it is erased; it is erased with the text.
public struct ErasableText: Sendable, Equatable {
    /// Bytes of a salt.
    public static let saltSize = 16

    /// Which of the event's texts it is. A sample: 0, its output. A requested run: 2i the prompt and 2i + 1 the system prompt
    /// of scenario i.
    public var slot: UInt16
    /// Random bytes, `saltSize` of them, used for this text alone.
    public var salt: [UInt8]
    /// The text, in UTF-8.
    public var text: [UInt8]

    /// A text with its salt, as both are stored.
    public init(slot: UInt16, salt: [UInt8], text: [UInt8]) {
        self.slot = slot
        self.salt = salt
        self.text = text
    }

    /// What the event holds in the text's place: SHA-256(0x02 ‖ salt ‖ text). The leading byte keeps it apart from the hashes
    /// of the log's tree, which begin with 0 and 1 (RFC 6962).
    public var commitment: [UInt8] {
        var hash = SHA256()
        hash.update(data: [0x02])
        hash.update(data: salt)
        hash.update(data: text)
        return Array(hash.finalize())
    }

    static func newSalt() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<saltSize / 8).flatMap { _ in withUnsafeBytes(of: random.next(), Array.init) }
    }
}

extension KeptText {
    /// A text that is there.
    public init(_ text: String) {
        self.init()
        self.text = text
    }

    /// Whether there was a text and it is no longer there: it was erased, or the event was read without its texts.
    public var isErased: Bool { !hasText && !commitment.isEmpty }

    /// Whether both may be the same text. One that was erased agrees with any: what it was can no longer be told.
    func agrees(with other: KeptText) -> Bool {
        switch (hasText, other.hasText) {
        case (true, true): text == other.text
        case (false, false): commitment == other.commitment
        case (true, false): other.isErased
        case (false, true): isErased
        }
    }

    /// The text, if it is there.
    fileprivate var textIfThere: String? { hasText ? text : nil }
}

extension InferenceSampled {
    /// What the model answered, reasoning included; nil when it was not kept or was erased (`keptOutput.isErased`).
    public var outputText: String? {
        get { keptOutput.textIfThere }
        set { if let newValue { keptOutput = KeptText(newValue) } else { clearKeptOutput() } }
    }
}

extension Scenario {
    /// The text put to the model; nil when it is empty or was erased (`keptPrompt.isErased`).
    public var promptText: String? {
        get { keptPrompt.textIfThere }
        set { if let newValue, !newValue.isEmpty { keptPrompt = KeptText(newValue) } else { clearKeptPrompt() } }
    }

    /// The system prompt; nil when it is empty or was erased (`keptSystemPrompt.isErased`).
    public var systemPromptText: String? {
        get { keptSystemPrompt.textIfThere }
        set {
            if let newValue, !newValue.isEmpty {
                keptSystemPrompt = KeptText(newValue)
            } else {
                clearKeptSystemPrompt()
            }
        }
    }
}
