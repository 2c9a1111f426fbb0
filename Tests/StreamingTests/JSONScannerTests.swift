import Foundation
import Testing

@testable import Streaming
@testable import parser_fuzzer

/// What `ChatEvent` reads of a document, in a form that can be compared; nil when it is no JSON.
private struct Extract: Equatable {
    var content: String?
    var reasoning: String?
    var finishReason: String?
    var model: String?
    var prompt: Int?
    var completion: Int?
    var cached: Int?
    var error: String?

    init?(scanning bytes: [UInt8]) {
        let extract = bytes.withUnsafeBufferPointer { bytes -> Extract? in
            guard let event = try? ChatEvent(bytes) else { return nil }
            return Extract(event)
        }
        guard let extract else { return nil }
        self = extract
    }

    private init(_ event: ChatEvent) {
        content = event.content?.string
        reasoning = event.reasoning?.string
        finishReason = event.finishReason?.string
        model = event.model?.string
        prompt = event.usage?.prompt
        completion = event.usage?.completion
        cached = event.usage?.cached
        error = event.error
    }

    /// The same by Foundation's parser; nil when it refuses the document.
    init?(decoding bytes: [UInt8]) {
        guard let any = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) else {
            return nil
        }
        guard let document = any as? [String: Any] else { return }
        let choice = (document["choices"] as? [Any])?.first as? [String: Any]
        let text = choice?["delta"] as? [String: Any]
        content = text?["content"] as? String
        reasoning = text?["reasoning_content"] as? String
        if reasoning?.isEmpty ?? true { reasoning = text?["reasoning"] as? String ?? reasoning }
        finishReason = choice?["finish_reason"] as? String
        if finishReason == "" { finishReason = nil }
        model = document["model"] as? String
        let usage = document["usage"] as? [String: Any]
        prompt = Self.count(usage?["prompt_tokens"])
        completion = Self.count(usage?["completion_tokens"])
        cached = Self.count((usage?["prompt_tokens_details"] as? [String: Any])?["cached_tokens"])
        error = (document["error"] as? [String: Any])?["message"] as? String ?? document["error"] as? String
    }

    private static func count(_ value: Any?) -> Int? {
        guard let number = value as? NSNumber, CFGetTypeIDIsNumber(number) else { return nil }
        let value = number.doubleValue
        return value >= 0 && value <= 9e15 && value == value.rounded() ? Int(value) : nil
    }

    /// Foundation hands booleans out as numbers too.
    private static func CFGetTypeIDIsNumber(_ number: NSNumber) -> Bool {
        !(number === (true as NSNumber)) && !(number === (false as NSNumber)) && String(cString: number.objCType) != "c"
    }
}

private let documents = [
    #"{"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"content":" the"},"logprobs":null,"finish_reason":null}]}"#,
    #"{"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":null}"#,
    #"{"choices":[{"delta":{"content":null,"reasoning_content":"hm\n","reasoning":"x"}}],"model":"a\/b:1"}"#,
    #"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34,"prompt_tokens_details":{"cached_tokens":1e1}}}"#,
    #"{"error":{"message":"no \"such\" model\u00e9\ud83d\ude00","code":404,"x":[1,-2.5e-3,true,false,null,{}]}}"#,
    #" [ 1 , "two" , { "three" : [ ] } ] "#,
    #"{"choices":[{"delta":{"content":"é😀\\\"\b\f\r\t"}},{"delta":{"content":"second"}}]}"#,
    #"{"cho\u0069ces":[{"delta":{"cont\u0065nt":"key with escapes"}}]}"#,
    #"{"error":"plain"}"#, #""text""#, "0", "-0.5E+7", "true", "null",
]

@Test(arguments: documents)
func theScannerReadsWhatFoundationReads(_ document: String) {
    let bytes = Array(document.utf8)

    #expect(Extract(decoding: bytes) != nil)
    #expect(Extract(scanning: bytes) == Extract(decoding: bytes))
}

@Test(arguments: [
    "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "01", "1.", ".5", "-", "1e", "+1", "tru", "nulL", "\"",
    "\"\\x\"",
    "\"\\u12g4\"", "\"\\u123", "\"a\nb\"", "{} {}", "[1 2]", "{\"a\":1 \"b\":2}", "NaN", "[}", "{\"error\":}", "'a'",
])
func theScannerRefusesWhatIsNoJSON(_ document: String) {
    #expect(Extract(scanning: Array(document.utf8)) == nil)
}

@Test func theScannerRefusesToNestForEver() {
    let deep = String(repeating: "[", count: 100_000)
    let allowed = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)

    #expect(Extract(scanning: Array(deep.utf8)) == nil)
    #expect(Extract(scanning: Array(allowed.utf8)) != nil)
}

/// Where Foundation goes its own way. It refuses broken UTF-8 and halves of a character, which servers were seen to send, and
/// numbers beyond a double; it takes a comma before a closing bracket, and guesses other encodings from a NUL byte, both
/// against RFC 8259.
private enum FoundationDiffers {
    static var pattern: Regex<Substring> { /\\ud|,\s*[}\]]|[eE][+-]?[0-9]{3}/ }
}

@Test func mutatedDocumentsAreReadLikeFoundationReadsThem() async {
    var random = Shuffle(seed: 7)
    let alphabet = "{}[]\":,\\ue0123456789-+.tfn \n/é".utf8.map { [$0] }
    var accepted = 0
    for round in 0..<20_000 {
        if round.isMultiple(of: 200) { await Task.yield() }
        var bytes = Array(documents[round % documents.count].utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) { bytes.change(with: alphabet, other: bytes, &random) }
        let text = String(decoding: bytes, as: UTF8.self)
        if Array(text.utf8) != bytes || text.contains(FoundationDiffers.pattern) || bytes.contains(0) { continue }

        let expected = Extract(decoding: bytes)
        let found = Extract(scanning: bytes)

        accepted += expected == nil ? 0 : 1
        #expect(found == expected || hasTwins(text), "round \(round): \(text)")
    }
    #expect(accepted > 1000, "a test of refusals alone says little")
}

/// Whether a key that matters stands twice: which of the two counts is nobody's promise.
private func hasTwins(_ text: String) -> Bool {
    ["choices", "delta", "content", "error", "message", "usage", "prompt_tokens", "reasoning"].contains {
        text.components(separatedBy: "\"\($0)\"").count > 2
    }
}

@Test func halvesOfACharacterMeetAcrossEvents() {
    var text = TextAssembler()
    for part in [#"a\ud83d"#, #"\ude00b"#, #"\ud83d"#, #"c"#, #"\ude00"#, #"\ud83d"#] {
        Array(part.utf8).withUnsafeBufferPointer { text.append(JSONText(bytes: $0, isEscaped: part.contains("\\"))) }
    }
    text.finish()

    #expect(text.string == "a😀b\u{FFFD}c\u{FFFD}\u{FFFD}")
}
