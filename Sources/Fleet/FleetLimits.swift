/// The limits of shipping, by name.
public enum FleetLimits {
    /// Bytes of a sealed block, its header included, when there are enough events. One larger event makes a block of its own.
    public static let blockSize = 64 << 10
    /// A block that would be smaller than this waits for more events, as long as `linger`.
    public static let leastBlockSize = 16 << 10
    /// How long an event waits at most for others to fill its block.
    public static let linger = Duration.milliseconds(200)
    /// Blocks that may be on their way without an answer.
    public static let blocksUnderWay = 64
    /// How long an answer to a block is waited for before its outcome counts as unknown. A stream whose leader has died
    /// has another one after about 5 s.
    public static let answerTime = Duration.seconds(3)
    /// How long an answer to any other question is waited for.
    public static let requestTime = Duration.seconds(3)
    /// How long the servers may be away before a command without `--follow` gives up.
    public static let patience = Duration.seconds(60)
    /// How long it waits before it asks again servers that did not answer.
    public static let retryPause = Duration.milliseconds(250)
    /// Blocks that a follower asks for at once.
    public static let blocksAskedFor = 32
    /// How often a follower looks for new blocks, and a shipper for new events, when there were none.
    public static let watchInterval = Duration.milliseconds(100)
    /// How often a follower looks for streams of machines that it did not know.
    public static let discoveryInterval = Duration.seconds(2)
    /// How long a server recognises a block that is sent again by its id alone; later the expected sequence refuses it.
    public static let duplicateWindow = Duration.seconds(120)
    /// Bytes of a message's subject and headers, beside the block, that a server's `max_payload` counts or may count.
    static let messageOverhead = 1 << 10
}
