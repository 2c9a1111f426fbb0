import Foundation

/// The log's limits, by name.
public enum LogLimits {
    /// Events that may be encoded and not yet on the disk. Whoever wants to append more waits.
    public static let pendingEvents = 65_536
    /// Events that one commit takes; an append is never divided.
    public static let eventsPerCommit = 65_536
    /// How long those whose appends were acknowledged are waited for when they may come again: no longer than a commit takes.
    static let returnTime = Duration.microseconds(400)
    /// How long one of them is waited for after the one before.
    static let returnGap = Duration.microseconds(100)
    /// Events of an append that is encoded in no time.
    static let smallAppend = 16
    /// Events that are read in one snapshot before a new one is taken.
    public static let eventsPerSnapshot = 4_096
    /// Events that a subscription hands over at once.
    public static let eventsPerBatch = 1_024
    /// Problems that `verify` describes; it counts all of them.
    public static let problemsDescribed = 100
    /// Events whose texts are erased in one transaction.
    static let erasedAtOnce = 10_000
    /// How often a subscription looks for commits of other processes.
    public static let watchInterval: TimeInterval = 0.02
    /// How often the reader slots of dead processes are freed, and old readers looked for.
    public static let readerInterval: TimeInterval = 30
    /// A reader that keeps a state of the log for longer than this, while the file grows by more than `readerGrowth`, is
    /// warned of.
    public static let readerAge: TimeInterval = 60
    /// Bytes.
    public static let readerGrowth: UInt64 = 64 << 20
    /// How often it is tried to open the log again after a write has failed.
    public static let recoveryInterval: TimeInterval = 5
    /// Streams whose version the writer keeps in mind.
    static let streamsInMind = 10_000
}
