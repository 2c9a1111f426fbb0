import Hummingbird

/// What a request asks to be true before it is answered (RFC 9110, section 13).
extension Request {
    /// Whether the caller has what the tag stands for already.
    func hasAlready(_ tag: String) -> Bool {
        headers.names(tag)
    }

    /// - Throws: `Problem` when the caller means something that is no more.
    func checkIfMatch(_ tag: @autoclosure () throws -> String) throws {
        guard let wanted = headers[.ifMatch] else { return }
        let tag = try tag()
        guard !HTTPFields.names(wanted, tag) else { return }
        throw Problem(
            status: .preconditionFailed, title: "Precondition failed",
            detail: "It has changed since: its tag is \(tag) now. Ask for it anew, and decide again.",
            headers: [.eTag: tag])
    }
}

extension HTTPFields {
    /// Whether `If-None-Match` names the tag.
    func names(_ tag: String) -> Bool { self[.ifNoneMatch].map { Self.names($0, tag) } ?? false }

    fileprivate static func names(_ list: String, _ tag: String) -> Bool {
        list == tag || list == "*"
            || list.split(separator: ",").contains { part in
                let part = part.drop { $0 == " " }
                return (part.hasPrefix("W/") ? part.dropFirst(2) : part).prefix { $0 != " " } == tag
            }
    }
}

extension Response {
    /// That the caller has it already.
    static func notModified(_ tag: String) -> Response {
        Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
    }
}
