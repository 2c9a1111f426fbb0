import Foundation

/// The bytes of one answer, in OpenAI's shapes over HTTP/1.1.
struct AnswerFormat: Sendable {
    let isStream: Bool
    private let includesUsage: Bool
    private let keepsAlive: Bool
    private let identity: String

    init(_ request: ChatRequest, number: UInt64, keepsAlive: Bool, reportsUsage: Bool) {
        isStream = request.stream ?? false
        includesUsage = reportsUsage && (!isStream || request.streamOptions?.includeUsage == true)
        self.keepsAlive = keepsAlive
        let object = isStream ? "chat.completion.chunk" : "chat.completion"
        identity =
            "{\"id\":\"chatcmpl-\(number)\",\"object\":\"\(object)\",\"created\":\(Int(Date().timeIntervalSince1970)),"
            + "\"model\":\(request.model.asJSON),"
    }

    /// The head of a stream and its first chunk, which names the role and holds no content: sent before the prompt is read.
    func opening() -> [UInt8] {
        let head = HTTPResponse.head(
            status: 200, type: "text/event-stream", length: nil, keepsAlive: keepsAlive,
            more: ["Cache-Control: no-cache"])
        return Array(head.utf8) + event(delta: "{\"role\":\"assistant\",\"content\":\"\"}", finish: nil)
    }

    /// One chunk of a stream; the last one brings everything that follows it.
    func chunk(_ index: Int, of plan: AnswerPlan) -> [UInt8] {
        var bytes = event(delta: "{\"content\":\"\(plan.chunks[index])\"}", finish: nil)
        guard index == plan.chunks.count - 1 else { return bytes }
        switch plan.fate {
        case .truncated: return bytes
        case .streamError:
            bytes += frame(
                "data: {\"error\":{\"message\":\"simulated failure\",\"type\":\"server_error\",\"code\":500}}\n\n")
        default:
            bytes += event(delta: "{}", finish: plan.finishReason)
            if includesUsage { bytes += frame("data: \(identity)\"choices\":[],\(usage(plan))}\n\n") }
            bytes += frame("data: [DONE]\n\n")
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    /// A whole answer.
    func whole(_ plan: AnswerPlan) -> [UInt8] {
        let message = "{\"role\":\"assistant\",\"content\":\"\(plan.chunks.joined())\"}"
        let body =
            "\(identity)\"choices\":[{\"index\":0,\"message\":\(message),\"finish_reason\":\"\(plan.finishReason)\"}]"
            + (includesUsage ? ",\(usage(plan))}" : "}")
        return HTTPResponse.json(200, body, keepsAlive: keepsAlive)
    }

    private func event(delta: String, finish: String?) -> [UInt8] {
        let reason = finish.map { "\"\($0)\"" } ?? "null"
        return frame("data: \(identity)\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(reason)}]}\n\n")
    }

    private func usage(_ plan: AnswerPlan) -> String {
        let total = plan.promptTokens + plan.completionTokens
        return
            "\"usage\":{\"prompt_tokens\":\(plan.promptTokens),\"completion_tokens\":\(plan.completionTokens),\"total_tokens\":\(total)}"
    }

    /// One piece of a chunked body.
    private func frame(_ text: String) -> [UInt8] {
        Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8)
    }
}

/// The bytes of plain responses.
enum HTTPResponse {
    /// What the server calls itself, so that discovery can tell it from a real one.
    static let serverName = "flperf-simulator"

    static func json(_ status: Int, _ body: String, keepsAlive: Bool) -> [UInt8] {
        let head = head(
            status: status, type: "application/json", length: body.utf8.count, keepsAlive: keepsAlive, more: [])
        return Array((head + body).utf8)
    }

    static func error(_ status: Int, _ message: String, code: String, keepsAlive: Bool) -> [UInt8] {
        let type = status < 500 ? "invalid_request_error" : "server_error"
        let error = "{\"message\":\(message.asJSON),\"type\":\"\(type)\",\"param\":null,\"code\":\"\(code)\"}"
        return json(status, "{\"error\":\(error)}", keepsAlive: keepsAlive)
    }

    /// A nil length is a chunked body.
    static func head(status: Int, type: String, length: Int?, keepsAlive: Bool, more: [String]) -> String {
        let size = length.map { "Content-Length: \($0)" } ?? "Transfer-Encoding: chunked"
        let lines =
            [
                "HTTP/1.1 \(status) \(reasons[status] ?? "Status")", "Server: \(serverName)", "Content-Type: \(type)",
                size,
                "Connection: \(keepsAlive ? "keep-alive" : "close")",
            ] + more
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
        413: "Content Too Large", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
    ]
}

extension String {
    /// This text as a JSON string, quotes included.
    var asJSON: String {
        // A string can always be encoded.
        String(decoding: (try? JSONEncoder().encode(self)) ?? Data("\"\"".utf8), as: UTF8.self)
    }
}
