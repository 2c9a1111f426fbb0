import Foundation

/// A JSON document to be sent; its keys are in order, so that equal requests are equal bytes.
struct JSONBody: Sendable {
    let bytes: [UInt8]

    init(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Only a number that is not finite can't be encoded, and ChatRequest keeps those out.
        bytes = (try? encoder.encode(value)).map { [UInt8]($0) } ?? []
        precondition(!bytes.isEmpty, "a request body holds only what JSON can say")
    }
}
