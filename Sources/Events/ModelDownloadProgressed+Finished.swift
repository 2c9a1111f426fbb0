extension ModelDownloadProgressed {
    /// The status of the last one, when all is on the server's disk. A percentage alone does not tell: servers check what
    /// they fetched, or fetch another file.
    public static let finishedStatus = "downloaded"

    /// Whether the download is over.
    public var isFinished: Bool { status == Self.finishedStatus }
}
