import Foundation

/// Base 64 (RFC 4648, section 4) with one text for each value: no line breaks, padded, unused bits 0.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The bytes; nil when the text is not exactly what `encode` makes of any.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let text = String(text)
        guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
        return Array(data)
    }
}

extension Digest {
    /// The 32 bytes in base 64, as checkpoints and proofs write them.
    public var base64: String { Base64.encode(bytes) }

    /// Reads the base 64 form; nil when it is not one of 32 bytes.
    public init?(base64 text: some StringProtocol) {
        guard let bytes = Base64.decode(text) else { return nil }
        self.init(bytes: bytes)
    }
}

/// Numbers as the formats of transparency logs write them.
enum Decimal {
    /// The number; nil when the text is not its shortest decimal form.
    static func decode(_ text: some StringProtocol) -> UInt64? {
        guard let value = UInt64(text), String(value) == text else { return nil }
        return value
    }
}
