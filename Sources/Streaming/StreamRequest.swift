/// One HTTP request to a model server, and how long to wait for what.
public struct StreamRequest: Sendable {
    /// The absolute address, http or https.
    public var url: String
    /// The method's name as it goes out.
    public var method: String
    /// Names and values, in the order in which they are sent.
    public var headers: [(name: String, value: String)]
    /// The body's bytes; nil sends none.
    public var body: [UInt8]?
    /// How the answer is cut into pieces; tells what the first-token timeout looks for.
    public var framing: Framing
    /// Longest time from the call to the end of the answer.
    public var totalTimeout: Duration
    /// Longest time from the call to the first non-empty content; nil waits as long as the total allows.
    public var firstTokenTimeout: Duration?
    /// Longest time until the connection stands.
    public var connectTimeout: Duration
    /// Most bytes of the body that are kept; an answer that exceeds it fails with class `protocol`.
    public var responseByteLimit: Int
    /// Whether proxy settings of the environment are followed for hosts other than loopback.
    public var usesEnvironmentProxy: Bool
    /// Whether it goes over a connection of its own, which is closed afterwards; else over an open one that is free, if there
    /// is one, and it is kept.
    public var hasOwnConnection: Bool
    /// Is handed each part of the body as it comes, on the client's own thread, which waits meanwhile: it must only pass them on.
    public var watch: (@Sendable ([UInt8]) -> Void)?

    /// How the bytes of an answer are divided.
    public enum Framing: Sendable, Equatable {
        /// `text/event-stream`: OpenAI's streams.
        case serverSentEvents
        /// One JSON value a line: Ollama's own streams.
        case ndjson
        /// One document.
        case whole
    }

    /// 64 MiB: far above any answer in text, far below what would hurt the machine.
    public static let defaultResponseByteLimit = 64 << 20

    /// A request with the limits of an ordinary benchmark.
    public init(
        url: String,
        method: String = "POST",
        headers: [(name: String, value: String)] = [("Content-Type", "application/json")],
        body: [UInt8]? = nil,
        framing: Framing = .serverSentEvents,
        totalTimeout: Duration = .seconds(300),
        firstTokenTimeout: Duration? = nil,
        connectTimeout: Duration = .seconds(10),
        responseByteLimit: Int = StreamRequest.defaultResponseByteLimit,
        usesEnvironmentProxy: Bool = false,
        hasOwnConnection: Bool = false
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.framing = framing
        self.totalTimeout = totalTimeout
        self.firstTokenTimeout = firstTokenTimeout
        self.connectTimeout = connectTimeout
        self.responseByteLimit = responseByteLimit
        self.usesEnvironmentProxy = usesEnvironmentProxy
        self.hasOwnConnection = hasOwnConnection
    }

    /// The address without user info, query and fragment: what a message may show.
    var shownURL: String {
        var shown = url.prefix { $0 != "?" && $0 != "#" }
        if let scheme = shown.range(of: "://"),
            let at = shown[scheme.upperBound...].prefix(while: { $0 != "/" }).lastIndex(of: "@")
        {
            shown.replaceSubrange(scheme.upperBound...at, with: "")
        }
        return String(shown.prefix(200))
    }

    /// Why this request can't be sent at all; nil when it can.
    var fault: String? {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard (scheme == "http" || scheme == "https") && url.dropFirst(scheme.count).hasPrefix("://") else {
            return "Could not send a request to '\(shownURL)': only http and https addresses are followed."
        }
        // A line break in a name or value would start a header, or a request, of somebody else's choosing.
        let parts = headers.flatMap { [$0.name, $0.value] } + [method, url]
        guard !parts.contains(where: { $0.utf8.contains { $0 == 10 || $0 == 13 || $0 == 0 } }) else {
            return
                "Could not send a request to '\(shownURL)': its address, method or a header holds a line break or a null byte."
        }
        return nil
    }
}
