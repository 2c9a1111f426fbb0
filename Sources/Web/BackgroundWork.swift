/// What goes on after its request was answered: models that load, and the run that measures.
public actor BackgroundWork {
    /// One thing of a kind at a time.
    private struct Work {
        var id: String
        var task: Task<Void, Never>
    }
    private var going: [String: Work] = [:]
    private var isStopped = false

    public init() {}

    /// Starts something that nothing of its kind may go on beside, and waits until it says that it has begun.
    ///
    /// - Parameters:
    ///   - id: which one of its kind it is.
    ///   - failed: told what ended it once it had begun.
    ///   - work: calls its argument when it has begun: what must be on the disk then is.
    /// - Returns: false when something of that kind goes on already, or the service is being stopped.
    /// - Throws: what `work` throws before it has begun.
    func begin(
        _ kind: String, _ id: String, failed: @escaping @Sendable (any Error) -> Void,
        _ work: @escaping @Sendable (_ begun: @escaping @Sendable () -> Void) async throws -> Void
    ) async throws -> Bool {
        guard !isStopped, going[kind] == nil else { return false }
        let (beginning, begun) = AsyncThrowingStream.makeStream(of: Void.self)
        let task = Task {
            do {
                try await work { begun.finish() }
                begun.finish()
            } catch {
                failed(error)
                begun.finish(throwing: error)
            }
            self.ended(kind)
        }
        going[kind] = Work(id: id, task: task)
        for try await _ in beginning {}
        return true
    }

    /// Waits until it has ended. When the one who waits is cancelled, so is the work.
    func wait(_ kind: String, _ id: String) async {
        guard let work = going[kind], work.id == id else { return }
        await withTaskCancellationHandler {
            await work.task.value
        } onCancel: {
            work.task.cancel()
        }
    }

    /// Asks it to end; false when it does not go on.
    func cancel(_ kind: String, _ id: String) -> Bool {
        guard let work = going[kind], work.id == id else { return false }
        work.task.cancel()
        return true
    }

    /// Has it end and waits until it has; nothing when it does not go on.
    func end(_ kind: String, _ id: String) async {
        guard let work = going[kind], work.id == id else { return }
        work.task.cancel()
        await work.task.value
    }

    /// Has everything end and waits for it; nothing begins afterwards.
    public func stop() async {
        isStopped = true
        let tasks = going.values.map(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func ended(_ kind: String) { going[kind] = nil }
}
