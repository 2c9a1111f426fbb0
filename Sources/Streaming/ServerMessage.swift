import Foundation

extension StreamOutcome {
    /// What a status outside 200–299 means, in the server's own words as far as they may be repeated.
    func statusFailure(_ status: Int, location: String?) -> StreamFailure {
        var sentence = "\(address) answered with HTTP status \(status)"
        if let location, (300..<400).contains(status) {
            sentence += ", a redirect to '\(redaction.clean(location))', which is not followed"
        } else if let message = serverMessage {
            sentence += ": \(message)"
        }
        if let retryAfter { sentence += " (retry after \(redaction.clean(retryAfter)))" }
        return StreamFailure(.http, sentence.hasSuffix(".") ? sentence : sentence + ".")
    }

    /// The message in the body, whatever shape it has: an OpenAI error object, a string, FastAPI's `detail`, a problem
    /// document, plain text or an HTML page's title; nil when there is none.
    var serverMessage: String? {
        let text: String?
        if let document = try? JSONSerialization.jsonObject(
            with: Data(body.prefix(1 << 20)), options: .fragmentsAllowed)
        {
            text = Self.message(in: document, depth: 0)
        } else if isHTML {
            text = "an HTML page" + (Self.title(in: body).map { " titled '\($0)'" } ?? "")
        } else {
            text = String(decoding: body.prefix(4096), as: UTF8.self)
        }
        let cleaned = redaction.clean(text ?? "")
        return cleaned.isEmpty ? nil : cleaned
    }

    /// Whether the body says or looks like it is a web page.
    var isHTML: Bool {
        if let contentType, contentType.lowercased().hasPrefix("text/html") { return true }
        let start = String(decoding: body.prefix(200), as: UTF8.self).drop(while: \.isWhitespace).lowercased()
        return start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
    }

    private static func message(in value: Any, depth: Int) -> String? {
        guard depth < 4 else { return nil }
        if let text = value as? String { return text }
        if let list = value as? [Any] { return list.lazy.compactMap { message(in: $0, depth: depth + 1) }.first }
        guard let object = value as? [String: Any] else { return nil }
        let names = ["error", "message", "detail", "errorMessage", "msg", "title"]
        return names.lazy.compactMap { object[$0] }.compactMap { message(in: $0, depth: depth + 1) }.first
    }

    private static func title(in body: [UInt8]) -> String? {
        let page = String(decoding: body.prefix(4096), as: UTF8.self)
        guard let start = page.range(of: "<title>", options: .caseInsensitive),
            let end = page.range(of: "</title>", options: .caseInsensitive, range: start.upperBound..<page.endIndex)
        else { return nil }
        return String(page[start.upperBound..<end.lowerBound])
    }
}
