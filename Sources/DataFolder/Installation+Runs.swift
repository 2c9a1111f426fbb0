import Benchmarking
import Commands
import EventStore
import Events
import Foundation
import Logging
import Streaming

extension Installation {
    private var runsFolder: String { folder + "/runs" }

    /// Carries out a run: its request is on the disk before the first model is asked, each sample when it is acknowledged.
    ///
    /// - Parameters:
    ///   - acknowledged: told the position of each of the run's events once it is durable.
    ///   - observe: told how far the run has come.
    /// - Returns: how it ended; the end is recorded too.
    /// - Throws: why the run could not be begun or recorded. One that had begun is then interrupted: at once where that can
    ///   be recorded, else at the next start.
    public func run(
        _ plan: RunPlan, client: StreamingClient, logger: Logger,
        acknowledged: @escaping @Sendable (Position) -> Void = { _ in },
        observe: @escaping @Sendable (RunProgress) -> Void = { _ in }
    ) async throws -> Runner.End {
        try Self.make(runsFolder)
        // Before the first event: a run that is in the log and has no lock is one whose process died.
        guard let lock = try LockFile("\(runsFolder)/\(plan.runID).lock") else {
            throw CommandError.runExists(plan.runID)
        }
        do {
            let end = try await carryOut(plan, client, logger, acknowledged: acknowledged, observe: observe)
            lock.remove()
            // What failed may have died, or have lost its model.
            if end != .completed(failedPhases: 0), end != .cancelled { await reconcile(plan.models) }
            return end
        } catch {
            // A lock file that stays tells the next start that a run is without its end.
            try? closeRun(plan.runID, "the run could not be recorded: \(error)", lock)
            throw error
        }
    }

    private func carryOut(
        _ plan: RunPlan, _ client: StreamingClient, _ logger: Logger,
        acknowledged: @escaping @Sendable (Position) -> Void, observe: @escaping @Sendable (RunProgress) -> Void
    ) async throws -> Runner.End {
        try await adoptFormulaSets()
        await reconcile(plan.models)
        for model in plan.models {
            try await register(model.identity)
        }
        let stream = try StreamID.run(plan.runID)
        try await execute(on: stream, StartRun(plan.requested).decide)
        let log = self.log
        let runner = Runner(plan, client: client) { measurement in
            switch measurement {
            case .run(let event):
                acknowledged(try await log.append([NewEvent(event)], to: stream, expecting: .any).last)
            case .sample(let id, let sample):
                acknowledged(
                    try await log.append([NewEvent(.inferenceSampled(sample), id: id)], to: stream, expecting: .any)
                        .last)
            case .model(let id, let event):
                try await self.record(event, ofModel: id)
            case .log(let level, let run, let text):
                logger.log(
                    level: level.swiftLog, "\(text)", metadata: ["entity_type": "benchmark", "entity_id": "\(run)"])
            }
        } observe: {
            observe($0)
        }
        return try await runner.run()
    }

    /// Says of every run that was going on when its process died that it was interrupted.
    public func closeInterruptedRuns() throws {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: runsFolder)) ?? []
        for file in files where file.hasSuffix(".lock") {
            // A lock that can be had belongs to nobody who lives.
            let id = String(file.dropLast(5))
            guard (try? StreamID.run(id)) != nil, let lock = try LockFile("\(runsFolder)/\(file)") else { continue }
            do {
                try closeRun(id, "the process that measured ended before the run did", lock)
            } catch let error as LogError where error.code == .store(.diskFull) {
                return  // Reads go on; a start with room says it.
            }
        }
    }

    /// Says of a run that has no end that it was interrupted, and takes its lock file away once that is recorded.
    private func closeRun(_ id: String, _ reason: String, _ lock: LockFile) throws {
        let stream = try StreamID.run(id)
        let version = try log.streamVersion(stream)
        let last = version == 0 ? nil : try log.readStream(stream, fromVersion: version).last?.event
        for event in InterruptRun(id, reason: reason).decide(last) {
            _ = try log.appendBlocking([NewEvent(event)], to: stream, expecting: .exactly(version))
        }
        lock.remove()
    }
}

extension LogLevel {
    /// The level of swift-log that means the same.
    public var swiftLog: Logger.Level {
        switch self {
        case .error: .error
        case .warn: .warning
        case .debug: .debug
        default: .info
        }
    }
}
