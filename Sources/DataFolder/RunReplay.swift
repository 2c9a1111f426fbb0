import Dispatch
import EventStore
import Events
import Foundation
import ProjectionKit
import Results
import Runs
import Samples

/// A run played again: its rows are built from its events alone, in tables of their own, and can be looked at on the way.
public final class RunReplay: Sendable {
    /// The run as the tables have it.
    public let run: RunRow

    private let installation: Installation
    private let until: Position?
    private let end: Position
    private let stream: StreamID
    private let tables: TablesStore
    private let projector: Projector

    /// What is built of a run.
    private static let projections: [any Projection.Type] = [
        RunsProjection.self, ResultsProjection.self, SamplesProjection.self,
    ]
    /// Events that are read at once.
    private static let eventsAtOnce = 1_000

    /// - Parameter until: the position of the last event that is played; nil for all that there are now.
    /// - Throws: `DataFolderError` when the run is another machine's; `LogPointError` when the log has no such event;
    ///   `StoreError`, `LogError`.
    public init(of run: RunRow, until: Position? = nil, in installation: Installation) throws {
        try installation.requireOwn(run)
        self.run = run
        self.installation = installation
        self.until = until
        end = try until.map { try installation.log.position(of: .position($0)) } ?? installation.log.lastPosition()
        stream = try StreamID.run(run.id)
        // Opening the data folder takes away what a killed process left of such.
        tables = try TablesStore(folder: "\(installation.folder)/tables-replay-\(UUID().uuidString)")
        projector = Projector(
            log: installation.log, tables: tables, projections: Self.projections, streams: [stream, .system],
            leavingOut: try installation.projector.leftOut())
    }

    deinit { close() }

    /// Takes the tables away.
    public func close() {
        tables.close()
        TablesStore.remove(tables.store.folder)
    }

    /// Goes through the run's events in their order, each when its time has come.
    ///
    /// - Throws: what `step` throws; `CancellationError` when the task is cancelled.
    public func play(_ speed: ReplaySpeed, _ step: (ReplayStep) async throws -> Void) async throws {
        var course = ReplayCourse(planned: run.planned_samples.map { Int($0) })
        var version: UInt64 = 1
        let clock = ContinuousClock()
        let start = clock.now
        while true {
            let events = try installation.log.readStream(stream, fromVersion: version, limit: Self.eventsAtOnce)
            for event in events {
                guard event.position <= end else { return }
                let next = course.step(event)
                try Task.checkCancellation()
                if case .times(let factor) = speed { try await clock.sleep(until: start + next.at / factor) }
                try await step(next)
            }
            guard let last = events.last else { return }
            version = last.version + 1
        }
    }

    /// Has reads in `body` answer from what the run's events up to a position come to.
    public func at<Result: Sendable>(
        _ position: Position, _ body: @escaping @Sendable (Installation) throws -> Result
    ) async throws -> Result {
        try await blocking { [self] in
            try projector.catchUp(through: position)
            let tables = TaskTables(log: ObjectIdentifier(installation.log), tables: tables)
            return try Installation.$tablesOfTask.withValue(tables) { try body(installation) }
        }
    }

    /// Plays what is left without a pause and compares the rows with the tables: the live ones, or, when it ended before the
    /// log does, those of a fold of the whole log up to there.
    ///
    /// - Returns: the rows that differ; none if all is well.
    public func differences() async throws -> [RowDifference] {
        let key = RowKey(run.id)
        guard let until else {
            return try await blocking { [self] in try projector.differences(from: installation.tables, under: key) }
        }
        return try await installation.asOf(.position(until)) { _ in
            let past = installation.tables
            return try await blocking { [self] in try projector.differences(from: past, under: key) }
        }
    }
}

/// Does work that blocks elsewhere than on the threads that tasks share.
func blocking<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Swift.Result { try work() }) }
    }
}
