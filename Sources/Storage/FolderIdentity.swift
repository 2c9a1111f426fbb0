import Foundation
import Synchronization

/// A folder's claim within this process, and a sign to other processes that someone has it open.
///
/// The sign is an advisory lock on the folder itself (`flock`), held shared while the store is open: whoever gets it
/// exclusively at opening knows that no other process has the tables open.
final class FolderIdentity: Sendable {
    /// Whether no other process has the folder open, at the moment of opening.
    let isAlone: Bool
    private let key: Key
    private let descriptor: Int32
    private let isReleased = Atomic(false)

    private struct Key: Hashable {
        var device: UInt64
        var node: UInt64
    }
    private static let claimed = Mutex<Set<Key>>([])

    init(claiming folder: String) throws(StoreError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(lmdb: errno, doing: "open the folder", in: folder) }
        var status = stat()
        fstat(descriptor, &status)
        let key = Key(
            device: UInt64(truncatingIfNeeded: status.st_dev), node: UInt64(truncatingIfNeeded: status.st_ino))
        guard FolderIdentity.claimed.withLock({ $0.insert(key).inserted }) else {
            Foundation.close(descriptor)
            throw StoreError(
                .locked,
                "Could not open '\(folder)': this process has it open already. Use the store that it has, or close that first."
            )
        }
        self.key = key
        self.descriptor = descriptor
        isAlone = flock(descriptor, LOCK_EX | LOCK_NB) == 0
        // Whoever is alone may be taking tables away: wait, or they would be opened here and then be gone.
        if !isAlone { share() }
    }

    /// Keeps other processes out; false when one has the folder open. `share` lets them in again.
    func becomeAlone() -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        // A lock that could not be changed is lost (flock(2)).
        share()
        return false
    }

    /// Tells others that the folder is in use, and lets them in.
    func share() { _ = flock(descriptor, LOCK_SH) }

    func release() {
        guard isReleased.exchange(true, ordering: .relaxed) == false else { return }
        Foundation.close(descriptor)
        _ = FolderIdentity.claimed.withLock { $0.remove(key) }
    }

    deinit { release() }
}
