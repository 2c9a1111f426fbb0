import Benchmarking
import Commands
import EventStore
import Events
import Orchestrator

extension Installation {
    /// Records what happened to a model, or what was found of it where that is news.
    ///
    /// - Throws: `LogError`, `DataFolderError`.
    func record(_ event: Event, ofModel id: String) async throws {
        let stream = try StreamID.model(id)
        switch event {
        case .modelLoadStarted:
            try modelOperations.begin(id)
            try await append(event, to: stream)
        case .modelDownloadProgressed(let progress) where !progress.isFinished:
            try modelOperations.begin(id)
            try await append(event, to: stream)
        case .modelLoaded(let loaded):
            try await append(.modelLoaded(try withWarmth(loaded, stream)), to: stream)
            modelOperations.end(id)
        case .modelLoadFailed, .modelDownloadFailed, .modelDownloadProgressed:
            try await append(event, to: stream)
            modelOperations.end(id)
        case .modelHealthChecked(let checked): try await execute(on: stream, RecordHealth(checked).decide)
        case .modelStateFound(let found): try await record(found, stream)
        default: try await append(event, to: stream)
        }
    }

    private func append(_ event: Event, to stream: StreamID) async throws {
        _ = try await log.append([NewEvent(event)], to: stream, expecting: .any)
    }

    /// What was found counts only while nobody does anything to the model: what they do tells how it stands.
    private func record(_ found: ModelStateFound, _ stream: StreamID) async throws {
        var before = try log.readStream(stream)
        var lock: LockFile?
        if ModelState(before.map(\.event)).phase.isUnderWay {
            guard let free = try modelOperations.claim(found.modelID) else { return }
            lock = free
            // Its end may have been recorded before the lock was let go.
            before = try log.readStream(stream)
        }
        defer { lock?.remove() }
        let events = RecordFoundState(found).decide(before.map(\.event))
        guard !events.isEmpty else { return }
        do {
            let version = before.last?.version ?? 0
            _ = try await log.append(events.map { NewEvent($0) }, to: stream, expecting: .exactly(version))
        } catch let error as LogError where error.isVersionConflict {
            return
        }
    }

    /// Says of a model that was really loaded whether its server had had it in memory before, since it was started.
    ///
    /// Of a server whose process can't be seen that is known only once the log has seen it at work, or gone.
    private func withWarmth(_ loaded: ModelLoaded, _ stream: StreamID) throws -> ModelLoaded {
        guard loaded.hasLoadTimeNs, !loaded.hasWarm else { return loaded }
        let before = try log.readStream(stream)
        let state = ModelState(before.map(\.event))
        let start = (try? loaded.model.address).flatMap(ServerProcess.started)
        var loaded = loaded
        if let index = state.inMemoryIndex {
            loaded.warm = start.map { before[index].recordedAt > $0 } ?? true
        } else if start != nil || state.serverWasGone {
            loaded.warm = false
        }
        return loaded
    }
}
