import Streaming

/// Short exchanges of JSON with one server, and the sentences for those that fail.
struct HTTPExchange: Sendable {
    let endpoint: Endpoint
    let client: StreamingClient

    /// How long a question about models or health may take.
    static let questionLimit = Duration.seconds(10)
    /// How long a server may take to load a model: tens of gigabytes from a slow disk.
    static let loadLimit = Duration.seconds(900)
    /// How long a connection may take to come about.
    static let connectLimit = Duration.seconds(10)
    /// Longest answer that is read; a catalogue of a thousand models has one megabyte.
    static let answerLimit = 16 << 20

    /// Asks, and gives whatever came: a status, a body or a failure.
    func answer(
        _ method: String = "GET", _ path: String, body: JSONBody? = nil, accept: String = "application/json",
        limit: Duration = questionLimit
    ) async throws(BackendError) -> StreamOutcome {
        await client.perform(try request(method, path, body: body, accept: accept, limit: limit))
    }

    /// The request for a whole answer.
    func request(
        _ method: String, _ path: String, body: JSONBody?, accept: String, limit: Duration
    ) throws(BackendError) -> StreamRequest {
        var headers: [(name: String, value: String)] = [("Accept", accept)]
        if let authorization = try endpoint.authorization() { headers.append(authorization) }
        if body != nil { headers.append(("Content-Type", "application/json")) }
        return StreamRequest(
            url: endpoint.url(path), method: method, headers: headers, body: body?.bytes, framing: .whole,
            totalTimeout: limit, connectTimeout: min(limit, Self.connectLimit), responseByteLimit: Self.answerLimit)
    }

    /// Asks for a document.
    func json(
        _ method: String = "GET", _ path: String, body: JSONBody? = nil, limit: Duration = questionLimit
    ) async throws(BackendError) -> JSONValue {
        let outcome = try await answer(method, path, body: body, limit: limit)
        if let error = problem(with: outcome, asking: "\(method) \(path)", limit: limit) { throw error }
        guard let value = JSONValue(bytes: outcome.body) else {
            throw notAModelServer("\(method) \(path)", outcome)
        }
        return value
    }

    /// Why an answer is no success; nil when it is one.
    func problem(with outcome: StreamOutcome, asking what: String, limit: Duration) -> BackendError? {
        guard let failure = outcome.failure else { return nil }
        switch failure.kind {
        case .connect where waited(for: outcome) >= min(limit, Self.connectLimit):
            return BackendError(
                .unreachable,
                "Could not reach \(endpoint): no connection within \(min(limit, Self.connectLimit).shown). "
                    + "Is the address right, and the server running?")
        case .connect:
            return BackendError(.unreachable, "Could not reach \(endpoint): \(reason(failure)). Is the server running?")
        case .timeout:
            return BackendError(
                .timedOut,
                "Could not reach \(endpoint): no answer to \(what) within \(limit.shown). Is the server busy or hung?")
        case .http:
            return refusal(of: what, outcome)
        case .truncated where outcome.status == nil:
            return BackendError(
                .hungUp,
                "Could not reach \(endpoint): it accepts connections and closes them without an answer. Does the server hang?"
            )
        case .protocol, .truncated, .streamError:
            return BackendError(
                .notAModelServer,
                "\(endpoint) does not answer like a model server: \(reason(failure)). Check the address and the port.")
        case .cancelled:
            return BackendError(.unreachable, "Stopped asking \(endpoint) for \(what).")
        }
    }

    /// The server's own words for an error, without line breaks and not too long.
    static func message(in outcome: StreamOutcome) -> String? {
        let text = JSONValue(bytes: outcome.body)?.errorMessage ?? plainText(of: outcome)
        guard
            let line = text?.split(whereSeparator: {
                $0.isNewline || $0.unicodeScalars.contains { $0.properties.generalCategory == .control }
            }).joined(separator: " "), !line.isEmpty
        else {
            return nil
        }
        return line.count > 200 ? line.prefix(200) + "…" : line
    }

    private static func plainText(of outcome: StreamOutcome) -> String? {
        let text = String(decoding: outcome.body.prefix(1000), as: UTF8.self)
        return text.isHTML || text.hasPrefix("{") ? nil : text
    }

    private func refusal(of what: String, _ outcome: StreamOutcome) -> BackendError {
        let status = outcome.status ?? 0
        if status == 401 || status == 403 {
            let remedy =
                endpoint.apiKeyVariable.map { "Is the key in \($0) right?" }
                ?? "Name the environment variable that holds it with --api-key-env."
            return BackendError(.missingKey, "\(endpoint) wants an API key (HTTP \(status)). \(remedy)")
        }
        let message = Self.message(in: outcome).map { ", \($0)".withoutStop } ?? ""
        if status == 503 {
            return BackendError(
                .notReady,
                "The server at \(endpoint) is not ready (HTTP 503\(message)). Wait until it has started."
            )
        }
        if String(decoding: outcome.body.prefix(200), as: UTF8.self).isHTML { return notAModelServer(what, outcome) }
        if (300..<400).contains(status) {
            return BackendError(
                .refused,
                "\(endpoint) refused \(what): HTTP \(status), a redirect, and those aren't followed. Name the address that it leads to."
            )
        }
        return BackendError(.refused, "\(endpoint) refused \(what): HTTP \(status)\(message).")
    }

    func notAModelServer(_ what: String, _ outcome: StreamOutcome) -> BackendError {
        let status = outcome.status.map { " (HTTP \($0))" } ?? ""
        return BackendError(
            .notAModelServer,
            "\(endpoint) does not answer like a model server: \(what) gave \(Self.content(of: outcome))\(status). "
                + "Check the address and the port.")
    }

    private static func content(of outcome: StreamOutcome) -> String {
        if outcome.body.isEmpty { return "an empty body" }
        if String(decoding: outcome.body.prefix(200), as: UTF8.self).isHTML { return "HTML" }
        return JSONValue(bytes: outcome.body) == nil ? "something that is not JSON" : "JSON of another shape"
    }

    /// The client's timers may ring a little early.
    private func waited(for outcome: StreamOutcome) -> Duration {
        .nanoseconds(outcome.ended - outcome.started) + .milliseconds(10)
    }

    /// Why there was no connection, in the words that people know; the client's own sentence names the address first
    /// and ends with advice, and ours does both already.
    private func reason(_ failure: StreamFailure) -> String {
        let parts = failure.sentence.split(separator: ": ", maxSplits: 1)
        var text = String(parts.count == 2 && parts[0].contains("://") ? parts[1] : failure.sentence[...])
        if let advice = text.firstRange(of: ". ") { text = String(text[..<advice.lowerBound]) }
        if text.hasSuffix(".") { text.removeLast() }
        // On this host there is no other reason: no cable, no route, no firewall in between.
        return endpoint.isLoopback && text == "Couldn't connect to server" ? "connection refused" : text
    }
}

extension String {
    fileprivate var isHTML: Bool {
        let start = drop { $0.isWhitespace }.prefix(15).lowercased()
        return start.hasPrefix("<!doctype") || start.hasPrefix("<html") || start.hasPrefix("<?xml")
            || start.hasPrefix("<head")
    }

    fileprivate var withoutStop: String {
        hasSuffix(".") ? String(dropLast()) : self
    }
}

extension Duration {
    /// `1 s`, `250 ms`: whole numbers, for sentences.
    var shown: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
