import Events
import Synchronization

/// Which models this process loads or downloads, shown to other processes by locked files: an operation whose lock can be had
/// belongs to a process that died in the middle of it.
final class ModelOperations: Sendable {
    private let folder: String
    private let held = Mutex<[String: LockFile]>([:])

    init(folder: String) { self.folder = folder }

    /// An operation of this process begins. Where somebody else is at it as well, theirs is the lock that shows it.
    func begin(_ model: String) throws {
        try Installation.make(folder)
        try held.withLock { held in
            if held[model] == nil { held[model] = try LockFile(path(of: model)) }
        }
    }

    /// It is over, and that is recorded.
    func end(_ model: String) {
        held.withLock { $0.removeValue(forKey: model) }?.remove()
    }

    /// A lock on the model while nobody who lives loads or downloads it; nil while somebody does.
    func claim(_ model: String) throws -> LockFile? {
        try Installation.make(folder)
        return try LockFile(path(of: model))
    }

    /// Ids may hold signs that file names must not.
    private func path(of model: String) -> String { "\(folder)/\(EventID(deterministicFrom: model)).lock" }
}
