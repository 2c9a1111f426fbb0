/// How a kind of server words its errors.
enum ErrorShape: Sendable {
    /// `{"error":{"message","type","param","code"}}` with a word as code.
    case openAI
    /// The same with the status as code.
    case numbered
    /// The same without a code.
    case codeless
    /// `{"error":"…"}`.
    case text
    /// `{"error":{"type","message"}}`.
    case typed

    func response(_ status: Int, _ message: String, code: String) -> HTTPResponse {
        .json(["error": content(status, message, code: code)], status: status)
    }

    /// The error as it stands within a stream that began well.
    func inStream(_ message: String) -> String {
        let content =
            self == .openAI
            ? ["message": .string(message), "type": "server_error", "code": 500]
            : content(500, message, code: "simulated")
        return JSON.object([("error", content)]).text
    }

    private func content(_ status: Int, _ message: String, code: String) -> JSON {
        let type: JSON = status < 500 ? "invalid_request_error" : "server_error"
        return switch self {
        case .openAI: ["message": .string(message), "type": type, "param": nil, "code": .string(code)]
        case .numbered:
            [
                "code": .count(status), "message": .string(message),
                "type": status == 503 ? "unavailable_error" : status == 404 ? "not_found_error" : type,
            ]
        case .codeless: ["code": nil, "message": .string(message), "param": nil, "type": type]
        case .text: .string(message)
        case .typed: ["type": .string(code), "message": .string(message)]
        }
    }
}
