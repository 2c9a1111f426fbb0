/// The body of `/api/chat` and `/api/generate`.
struct OllamaBody: Decodable {
    var model: String
    var prompt: String?
    var messages: [ChatMessage]?
    var stream: Bool?
    var options: Options?
    var keep_alive: KeepAlive?

    struct Options: Decodable {
        var num_predict: Int?
        var seed: UInt64?
    }

    init(_ request: HTTPRequest) throws(ChatRequest.Refusal) { self = try request.body.decoded() }

    var text: String? { prompt ?? messages?.map(\.text).joined(separator: "\n") }

    /// Nanoseconds; five minutes when nothing is said, nil for ever.
    var timeToLive: Int64? {
        guard let seconds = keep_alive?.seconds else { return 300_000_000_000 }
        return seconds < 0 ? nil : Int64(min(seconds, 1e9) * 1e9)
    }

    /// Seconds as a number, or a duration in Go's words such as `5m`.
    struct KeepAlive: Decodable {
        var seconds: Double

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                seconds = number
                return
            }
            let text = try container.decode(String.self)
            let units: [(String, Double)] = [("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)]
            let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1)
            guard let number = Double(text.dropLast(unit.0.count)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a duration")
            }
            seconds = number * unit.1
        }
    }
}
