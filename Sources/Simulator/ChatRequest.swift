import Foundation

/// What the simulator reads of a chat request; the rest is accepted and ignored.
struct ChatRequest: Decodable {
    var model: String
    var messages: [Message]
    var stream: Bool?
    var seed: UInt64?
    var streamOptions: StreamOptions?
    private var maxTokens: Int?
    private var maxCompletionTokens: Int?

    enum CodingKeys: String, CodingKey {
        case model, messages, stream, seed
        case streamOptions = "stream_options"
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
    }

    struct StreamOptions: Decodable {
        var includeUsage: Bool?

        enum CodingKeys: String, CodingKey {
            case includeUsage = "include_usage"
        }
    }

    /// One message; its text, whether it was a string or a list of parts.
    struct Message: Decodable {
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

    var maximumTokens: Int? { maxCompletionTokens ?? maxTokens }
    var prompt: String { messages.map(\.text).joined(separator: "\n") }
    var wordCount: Int { prompt.split(whereSeparator: \.isWhitespace).count }

    /// Reads a body; throws a sentence for a bad one.
    static func decode(_ body: [UInt8]) throws(Refusal) -> ChatRequest {
        let request: ChatRequest
        do {
            request = try JSONDecoder().decode(ChatRequest.self, from: Data(body))
        } catch let error as DecodingError {
            throw Refusal(message: error.sentence)
        } catch {
            throw Refusal(message: "The body is not JSON.")
        }
        if request.messages.isEmpty { throw Refusal(message: "'messages' must hold at least one message.") }
        if let limit = request.maximumTokens, limit < 1 {
            throw Refusal(message: "'max_tokens' must be at least 1, found \(limit).")
        }
        return request
    }

    /// Why a request is a bad one.
    struct Refusal: Error {
        var message: String
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
