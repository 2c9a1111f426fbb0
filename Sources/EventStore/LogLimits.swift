import Foundation

/// The log's limits, by name.
public enum LogLimits {
    /// Events that may be encoded and not yet on the disk. Whoever wants to append more waits.
    public static let pendingEvents = 65_536
    /// Events that one commit takes; an append is never divided.
    public static let eventsPerCommit = 65_536
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
    /// How often the reader slots of dead processes are freed.
    public static let staleReaderInterval: TimeInterval = 30
    /// Streams whose version the writer keeps in mind.
    static let streamsInMind = 10_000
}
