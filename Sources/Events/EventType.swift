/// What happened, as a number that never changes its meaning. 1–31 belong to models, 32–63 to runs, 64–95 to the system.
public struct EventType: RawRepresentable, Hashable, Sendable, Comparable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static func < (a: EventType, b: EventType) -> Bool { a.rawValue < b.rawValue }

    public static let modelAdded = EventType(rawValue: 1)
    public static let modelRemoved = EventType(rawValue: 2)
    public static let modelDownloadProgressed = EventType(rawValue: 3)
    public static let modelLoadStarted = EventType(rawValue: 4)
    public static let modelLoaded = EventType(rawValue: 5)
    public static let modelLoadFailed = EventType(rawValue: 6)
    public static let modelUnloaded = EventType(rawValue: 7)
    public static let modelTested = EventType(rawValue: 8)
    public static let modelHealthChecked = EventType(rawValue: 9)
    public static let modelDownloadFailed = EventType(rawValue: 10)
    public static let modelStateFound = EventType(rawValue: 11)
    public static let modelServerRestarted = EventType(rawValue: 12)

    public static let runRequested = EventType(rawValue: 32)
    public static let runStarted = EventType(rawValue: 33)
    public static let modelPhaseStarted = EventType(rawValue: 34)
    public static let modelPhaseFinished = EventType(rawValue: 35)
    public static let modelPhaseSkipped = EventType(rawValue: 36)
    public static let inferenceSampled = EventType(rawValue: 37)
    public static let resourceSampled = EventType(rawValue: 38)
    public static let runCompleted = EventType(rawValue: 39)
    public static let runFailed = EventType(rawValue: 40)
    public static let runCancelled = EventType(rawValue: 41)
    public static let runInterrupted = EventType(rawValue: 42)
    public static let serverMetricsSampled = EventType(rawValue: 43)
    public static let sweepEnded = EventType(rawValue: 44)
    public static let runDeleted = EventType(rawValue: 45)
    public static let runRestored = EventType(rawValue: 46)

    public static let logRecorded = EventType(rawValue: 64)
    public static let formulaSetAdopted = EventType(rawValue: 65)
    public static let serviceStarted = EventType(rawValue: 66)
    public static let serviceStopped = EventType(rawValue: 67)
    public static let runImported = EventType(rawValue: 68)
    public static let textsErased = EventType(rawValue: 69)
    public static let scheduleAdded = EventType(rawValue: 70)
    public static let scheduleEnded = EventType(rawValue: 71)
    public static let recomputationApplied = EventType(rawValue: 72)
}
