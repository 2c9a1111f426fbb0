import Foundation

/// What the simulator reads of a request for text, whichever protocol it came in; the rest is accepted and ignored.
struct ChatRequest {
    var model: String
    var prompt: String
    var isStream: Bool
    var seed: UInt64?
    var maximumTokens: Int?
    /// Whether a stream is to tell its token counts at its end.
    var wantsUsage = false
    /// Whether every chunk is to tell those so far.
    var wantsContinuousUsage = false

    var wordCount: Int { prompt.split(whereSeparator: \.isWhitespace).count }

    /// Reads a body of OpenAI's chat; throws a sentence for a bad one.
    static func decode(_ body: [UInt8]) throws(Refusal) -> ChatRequest {
        let chat: OpenAIChatBody = try body.decoded()
        if chat.messages.isEmpty { throw Refusal(message: "'messages' must hold at least one message.") }
        let limit = chat.maxCompletionTokens ?? chat.maxTokens
        if let limit, limit < 1 { throw Refusal(message: "'max_tokens' must be at least 1, found \(limit).") }
        return ChatRequest(
            model: chat.model, prompt: chat.messages.map(\.text).joined(separator: "\n"),
            isStream: chat.stream ?? false,
            seed: chat.seed, maximumTokens: limit, wantsUsage: chat.streamOptions?.includeUsage ?? false,
            wantsContinuousUsage: chat.streamOptions?.continuousUsageStats ?? false)
    }

    /// Why a request is a bad one.
    struct Refusal: Error {
        var message: String
    }
}

private struct OpenAIChatBody: Decodable {
    var model: String
    var messages: [ChatMessage]
    var stream: Bool?
    var seed: UInt64?
    var streamOptions: StreamOptions?
    var maxTokens: Int?
    var maxCompletionTokens: Int?

    enum CodingKeys: String, CodingKey {
        case model, messages, stream, seed
        case streamOptions = "stream_options"
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
    }

    struct StreamOptions: Decodable {
        var includeUsage: Bool?
        var continuousUsageStats: Bool?

        enum CodingKeys: String, CodingKey {
            case includeUsage = "include_usage"
            case continuousUsageStats = "continuous_usage_stats"
        }
    }
}

/// One message; its text, whether it was a string or a list of parts.
struct ChatMessage: Decodable {
    var text: String

    private enum CodingKeys: CodingKey {
        case content
    }

    private struct Part: Decodable {
        var text: String?
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let parts = try? container.decode([Part].self, forKey: .content) {
            text = parts.compactMap(\.text).joined(separator: " ")
        } else {
            text = try container.decodeIfPresent(String.self, forKey: .content) ?? ""
        }
    }
}

extension [UInt8] {
    /// The JSON document that these bytes are.
    func decoded<Body: Decodable>() throws(ChatRequest.Refusal) -> Body {
        do {
            return try JSONDecoder().decode(Body.self, from: Data(self))
        } catch let error as DecodingError {
            throw ChatRequest.Refusal(message: error.sentence)
        } catch {
            throw ChatRequest.Refusal(message: "The body is not JSON.")
        }
    }
}

extension DecodingError {
    fileprivate var sentence: String {
        func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
        return switch self {
        case .keyNotFound(let key, let context): "'\(name(context.codingPath + [key]))' is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "The body must be a JSON object." : "'\(name(context.codingPath))' has the wrong type."
        default: "The body is not JSON."
        }
    }
}
