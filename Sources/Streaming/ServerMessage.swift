import Foundation

extension StreamOutcome {
    /// Why there is no whole answer, these headers of it considered; nil when there is one.
    ///
    /// A refusal whose message was cut off is a refusal all the same.
    /// A compressed answer is refused, not unpacked: it was not asked for, and packing holds back tokens that were ready, so
    /// that their times would be the packer's.
    func failure(told fields: ResponseHeaders) -> StreamFailure? {
        let encoding = fields["content-encoding"].flatMap { $0.lowercased() == "identity" ? nil : redaction.clean($0) }
        if let status, status >= 300, failure == nil || failure?.kind == .truncated {
            return statusFailure(status, location: fields["location"], encoding: encoding)
        }
        guard failure == nil, let encoding else { return failure }
        let sentence =
            "The answer of \(address) is compressed (Content-Encoding: \(encoding)), which was not asked for and hides when "
            + "its parts came. Turn compression off in the server, or in the proxy before it."
        return StreamFailure(.protocol, sentence)
    }

    /// What a status outside 200–299 means, in the server's own words as far as they may be repeated.
    private func statusFailure(_ status: Int, location: String?, encoding: String?) -> StreamFailure {
        var sentence = "\(address) answered with HTTP status \(status)"
        if let location, (300..<400).contains(status) {
            sentence += ", a redirect to '\(redaction.clean(location))', which is not followed"
        } else if let encoding {
            sentence += ": a compressed message (Content-Encoding: \(encoding))"
        } else if let message = serverMessage {
            sentence += ": \(message)"
        }
        if let retryAfter {
            // Seconds, or a date: RFC 9110, section 10.2.3.
            let isSeconds = !retryAfter.isEmpty && retryAfter.allSatisfy { ("0"..."9").contains($0) }
            sentence += " (retry after \(redaction.clean(retryAfter))\(isSeconds ? " s" : ""))"
        }
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
