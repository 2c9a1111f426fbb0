import Foundation
import Streaming

/// Everything that one answer will be, decided when the request has come: the text, the instants, the fault if any.
struct AnswerPlan {
    /// The text of each chunk; JSON-safe: letters, spaces and full stops.
    var chunks: [String]
    /// When each chunk is due: nanoseconds from the request's last byte. No chunk's lateness moves the next.
    var dues: [Int64]
    var fate: Fate
    var promptTokens: Int
    var completionTokens: Int
    var finishReason: String
    /// How long the model was on its way into memory before its turn, nanoseconds.
    var loadTime: Int64 = 0
    private let tokensPerChunk: Int

    /// How it ends.
    enum Fate: String {
        case completed
        case refused
        case streamError = "stream_error"
        case truncated
        case hung
    }

    /// Plans the answer to the `number`th request.
    init(to request: ChatRequest, of model: SimulatedModel, number: UInt64, _ configuration: SimulatorConfiguration) {
        let wanted = min(request.maximumTokens ?? .max, configuration.tokens)
        completionTokens = wanted
        let isCutShort = wanted < configuration.tokens && !configuration.quirks.contains(.alwaysStops)
        finishReason = isCutShort ? "length" : "stop"
        tokensPerChunk = configuration.tokensPerChunk
        promptTokens = max(1, Int((Double(request.wordCount) * 1.3).rounded(.up)))

        var text = SeededRandom(configuration.seed, request.seed ?? 0, Self.hash(request.prompt))
        chunks = Self.words(wanted, about: request.prompt, &text).chunked(configuration.tokensPerChunk)

        var luck = SeededRandom(configuration.seed, number)
        let drawn = Self.fate(luck.fraction(), configuration)
        // A whole answer has no halfway to break off at.
        fate = !request.isStream && (drawn == .streamError || drawn == .truncated) ? .completed : drawn
        let jitter = model.jitter ?? configuration.jitter
        func strayed(_ wait: Duration) -> Int64 {
            let nanoseconds = Double(wait.wholeNanoseconds)
            return Int64(nanoseconds * (1 + jitter * (2 * luck.fraction() - 1)))
        }
        var due = strayed(model.ttft ?? configuration.ttft)
        dues = [due]
        for index in chunks.indices.dropFirst() {
            due += strayed(model.itl ?? configuration.itl)
            if let every = configuration.stallEvery, index % every == 0 { due += configuration.stall.wholeNanoseconds }
            dues.append(due)
        }
        if fate == .streamError || fate == .truncated {
            let half = max(1, chunks.count / 2)
            chunks.removeLast(chunks.count - half)
            dues.removeLast(dues.count - half)
        }
    }

    /// How many tokens the chunks up to this one hold.
    func tokens(through index: Int) -> Int { min(completionTokens, (index + 1) * tokensPerChunk) }

    private static func fate(_ draw: Double, _ configuration: SimulatorConfiguration) -> Fate {
        var draw = draw
        for (rate, fate) in [
            (configuration.errorRate, Fate.refused), (configuration.streamErrorRate, .streamError),
            (configuration.truncateRate, .truncated), (configuration.hangRate, .hung),
        ] {
            if draw < rate { return fate }
            draw -= rate
        }
        return .completed
    }

    /// FNV-1a.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// That many tokens of text: sentences of common words, each word with the space before it.
    private static func words(_ count: Int, about prompt: String, _ random: inout SeededRandom) -> [String] {
        var words: [String] = []
        if prompt.lowercased().contains("capital of france") {
            words = ["The", " capital", " of", " France", " is", " Paris."]
        }
        var left = 0
        while words.count < count {
            let startsSentence = left == 0
            if startsSentence { left = Int.random(in: 5...12, using: &random) }
            let word = vocabulary.randomElement(using: &random)!
            left -= 1
            words.append(
                (words.isEmpty ? "" : " ") + (startsSentence ? word.capitalized : word) + (left == 0 ? "." : ""))
        }
        return Array(words.prefix(count))
    }

    private static let vocabulary = """
        the a this each some every one small large new old open clear quiet bright warm deep simple early long river stone \
        city garden window letter answer question number story morning winter summer machine paper bridge road field light \
        water tree house table voice music market village harbour measures keeps shows finds makes holds carries follows \
        reaches crosses turns grows opens begins between under over near behind with without after before and or but then \
        often slowly always never again together
        """.split(separator: " ").map(String.init)
}

extension [String] {
    /// The same text in pieces of that many tokens.
    fileprivate func chunked(_ size: Int) -> [String] {
        guard size > 1 else { return self }
        return stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)].joined() }
    }
}
