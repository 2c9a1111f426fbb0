import Synchronization

/// What a run has counted so far, each model by itself.
struct RunTally: Sendable {
    private let ofModels: [Tally]

    init(_ models: [PlannedModel]) { ofModels = models.map { Tally($0.identity.alias) } }

    /// That of a model, by its place in the plan.
    subscript(index: Int) -> Tally { ofModels[index] }

    var counts: Tally.Counts { ofModels.reduce(into: Tally.Counts()) { $0.add($1.counts) } }

    /// The models that are being measured now, in the plan's order, and how many samples of each there are.
    var underWay: [RunProgress.UnderWay] {
        ofModels.filter(\.isGoing).map { RunProgress.UnderWay(model: $0.alias, done: $0.counts.samples) }
    }
}

/// What a run has counted of one model so far.
final class Tally: Sendable {
    struct Counts: Sendable {
        var samples = 0
        var succeeded = 0
        var failed = 0

        mutating func add(_ other: Counts) {
            samples += other.samples
            succeeded += other.succeeded
            failed += other.failed
        }
    }

    private struct State {
        var counts = Counts()
        var lastFailure: String?
        var told: Set<String> = []
        var isGoing = false
    }
    private let state = Mutex(State())
    let alias: String

    init(_ alias: String) { self.alias = alias }

    var counts: Counts { state.withLock { $0.counts } }
    var lastFailure: String? { state.withLock { $0.lastFailure } }
    var isGoing: Bool { state.withLock { $0.isGoing } }

    /// The model's phase begins, or is over.
    func go(_ isGoing: Bool) { state.withLock { $0.isGoing = isGoing } }

    func succeed() {
        state.withLock { state in
            state.counts.samples += 1
            state.counts.succeeded += 1
        }
    }

    /// One that was never sent has neither succeeded nor failed.
    func shed() { state.withLock { $0.counts.samples += 1 } }

    /// Why no request could be made at all.
    func refuse(_ reason: String) { state.withLock { $0.lastFailure = reason } }

    func fail(_ reason: String) {
        state.withLock { state in
            state.counts.samples += 1
            state.counts.failed += 1
            state.lastFailure = reason
        }
    }

    /// Whether this is told for the first time of this model.
    func isNewFailure(_ text: String) -> Bool { state.withLock { $0.told.insert(text).inserted } }
}
