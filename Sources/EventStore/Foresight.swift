import Events

/// Where the appends that are queued will go, if nothing comes between: so that they can be sealed before their turn.
///
/// It may be wrong, when one of them is refused or another process writes; then the writer seals again.
struct Foresight {
    private var next: Position?
    private var versions: [StreamID: UInt64] = [:]

    /// The place of an append that is queued now; nil when it can't be told yet.
    mutating func place(of events: EncodedEvents, at time: () -> Int64) -> EncodedEvents.Place? {
        let count = UInt64(events.records.count)
        guard let position = next else { return nil }
        next = position + count
        guard let version = versions[events.stream] else { return nil }
        versions[events.stream] = version + count
        return EncodedEvents.Place(position: position, version: version + 1, recordedAt: time())
    }

    /// Takes in what a commit has made of its appends, while others are queued.
    mutating func learn(
        _ commit: some Collection<(AppendRequest, Result<Appended, LogError>)>, queued: [AppendRequest]
    ) {
        let results = commit.compactMap { request, result in
            (try? result.get()).map { (stream: request.events.stream, appended: $0) }
        }
        guard let last = results.lazy.filter({ !$0.appended.wasAlreadyThere }).map(\.appended.last).max() else {
            next = nil
            return
        }
        let expected = queued.reduce(last + 1) { $0 + UInt64($1.events.records.count) }
        if next != expected || versions.count > LogLimits.streamsInMind {
            next = expected
            versions = [:]
        }
        for (stream, appended) in results.reversed() where versions[stream] == nil {
            versions[stream] = queued.reduce(appended.streamVersion) {
                $1.events.stream == stream ? $0 + UInt64($1.events.records.count) : $0
            }
        }
    }
}
