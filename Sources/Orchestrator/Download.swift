/// How far a download has come, as far as the server tells; nil is what it does not tell.
public struct DownloadProgress: Sendable, Equatable {
    /// Share of the whole, 0–100.
    public var percent: Double?
    /// Bytes fetched so far.
    public var receivedBytes: UInt64?
    /// Bytes to be fetched in all.
    public var totalBytes: UInt64?
    /// The server's own words for what it is doing, such as `pulling manifest`.
    public var status: String?

    /// Progress of which nothing is known but what is given; the percentage follows from the bytes where it is not told.
    public init(
        percent: Double? = nil, receivedBytes: UInt64? = nil, totalBytes: UInt64? = nil, status: String? = nil
    ) {
        self.receivedBytes = receivedBytes
        self.totalBytes = totalBytes
        self.status = status
        self.percent = percent
        if percent == nil, let receivedBytes, let totalBytes, totalBytes > 0 {
            self.percent = min(100, Double(receivedBytes) * 100 / Double(totalBytes))
        }
    }
}

/// How downloading a model went.
public struct DownloadOutcome: Sendable, Equatable {
    /// It was on the server's disk before.
    public var alreadyDownloaded: Bool
    /// From the request to the server's word that it is there, monotonic clock of this host; nil when it was there already.
    public var duration: Duration?
    /// Id of what was fetched; nil when the server does not tell which of several it is.
    public var variant: String?

    /// An outcome as a server told it.
    public init(alreadyDownloaded: Bool, duration: Duration?, variant: String?) {
        self.alreadyDownloaded = alreadyDownloaded
        self.duration = duration
        self.variant = variant
    }
}

extension DownloadProgress {
    /// What a line of progress written for people says: its first `NN%` and its words; nil when it says nothing.
    init?(line: String) {
        let words = line.replacing(/\u{1B}\[[0-9;?]*[A-Za-z]/, with: "")
            .split { $0.isWhitespace || $0.unicodeScalars.contains { $0.properties.generalCategory == .control } }
        guard !words.isEmpty else { return nil }
        let text = words.joined(separator: " ")
        // Some write a comma, or a space before the sign, as their user's language has it.
        let number = text.firstMatch(of: /([0-9]+(?:[.,][0-9]+)?) ?%/)?.1.replacing(",", with: ".")
        self.init(
            percent: number.flatMap { Double($0) }.map { min(100, $0) }, status: String(text.prefix(200)))
    }
}
