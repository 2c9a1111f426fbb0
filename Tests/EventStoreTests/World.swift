import EventStore
import Events
import TestSupport

/// A log in a folder of the test's own.
func withLog<Result>(_ body: (EventLog) async throws -> Result) async throws -> Result {
    try await withTemporaryFolder { folder in
        let log = try EventLog(folder: folder)
        defer { log.close() }
        return try await body(log)
    }
}

/// An event that says `message`.
func note(_ message: String, id: EventID = .make()) -> NewEvent {
    NewEvent(.logRecorded(.with { $0.message = message }), id: id)
}

extension RecordedEvent {
    /// What `note` said.
    var message: String {
        guard case .logRecorded(let line) = event else { return "" }
        return line.message
    }
}

extension LogError {
    static func code(of body: () throws -> Void) -> Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? LogError)?.code
        }
    }
}
