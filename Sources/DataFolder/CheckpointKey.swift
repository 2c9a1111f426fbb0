import EventStore
import Foundation
import Transparency

/// The key that signs a log's checkpoints, in a file of the data folder that nobody else can read:
/// `<folder>/checkpoint.key`, in the form that Go's sumdb/note reads too. Its name is the log's origin.
public enum CheckpointKey {
    /// The file's name in the data folder.
    public static let fileName = "checkpoint.key"

    /// The origin of a log for which none was chosen.
    public static func defaultOrigin(of source: SourceID) -> String { "flperf.local/log/\(source)" }

    /// The folder's key; nil when none was made yet.
    ///
    /// - Throws: `CheckpointKeyError` when others can read it, or it is damaged.
    public static func existing(in folder: String) throws -> SignerKey? {
        let path = folder + "/" + fileName
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw CheckpointKeyError.unreadable(path, String(cString: strerror(errno)))
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointKeyError.unreadable(path, "it is not a file")
        }
        guard status.st_mode & 0o077 == 0 else { throw CheckpointKeyError.exposed(path, status.st_mode & 0o777) }
        // A key has about a hundred bytes and a name.
        let text = String(decoding: try file.read(upToCount: 1 << 16) ?? Data(), as: UTF8.self)
        guard text.hasSuffix("\n") else { throw CheckpointKeyError.damaged(path, "It does not end with a newline.") }
        do {
            return try SignerKey(parsing: text.dropLast())
        } catch {
            throw CheckpointKeyError.damaged(path, error.description)
        }
    }

    /// The folder's key, made now where there is none.
    ///
    /// - Parameter origin: what the key is to be named; a key that is there must have that name. Nil takes it as it is, and
    ///   names a new one `defaultOrigin`.
    /// - Throws: `CheckpointKeyError`, and `ProofError` for an origin that no key can have.
    public static func existingOrNew(in folder: String, source: SourceID, origin: String? = nil) throws -> SignerKey {
        if let key = try existing(in: folder) { return try checked(key, origin, folder) }
        let made = try SignerKey(named: origin ?? defaultOrigin(of: source))
        if try write(made, in: folder) { return made }
        // Another process was quicker, and its key is the log's.
        guard let key = try existing(in: folder) else {
            throw CheckpointKeyError.unwritable(folder + "/" + fileName, "it is taken away as soon as it is made")
        }
        return try checked(key, origin, folder)
    }

    /// Copies the folder's key, if it has one, into another folder that has none, or the same.
    ///
    /// - Returns: whether it was written.
    /// - Throws: `CheckpointKeyError`, when there is another one.
    static func copy(from folder: String, to other: String) throws -> Bool {
        guard let key = try existing(in: folder) else { return false }
        if try write(key, in: other) { return true }
        guard try existing(in: other)?.secretText == key.secretText else {
            throw CheckpointKeyError.unwritable(
                other + "/" + fileName, "there is another one. Take it to a safe place, or choose another folder")
        }
        return false
    }

    private static func checked(_ key: SignerKey, _ origin: String?, _ folder: String) throws -> SignerKey {
        guard let origin, origin != key.verifier.name else { return key }
        throw CheckpointKeyError.otherOrigin(folder + "/" + fileName, key.verifier.name, wanted: origin)
    }

    /// Writes it beside and links it to its name, so that nobody reads half a key and no key is ever replaced.
    ///
    /// - Returns: false when there is one by now.
    private static func write(_ key: SignerKey, in folder: String) throws -> Bool {
        let path = folder + "/" + fileName
        let temporary = path + ".\(UUID().uuidString)"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CheckpointKeyError.unwritable(path, String(cString: strerror(errno))) }
        defer { unlink(temporary) }
        let bytes = Array((key.secretText + "\n").utf8)
        let written = Foundation.write(descriptor, bytes, bytes.count)
        let reason = written == bytes.count ? (fsync(descriptor) == 0 ? 0 : errno) : (written < 0 ? errno : ENOSPC)
        Foundation.close(descriptor)
        guard reason == 0 else { throw CheckpointKeyError.unwritable(path, String(cString: strerror(reason))) }
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw CheckpointKeyError.unwritable(path, String(cString: strerror(errno)))
        }
        // A checkpoint that is given away must not outlive its key.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { Foundation.close(directory) }
        guard directory >= 0, fsync(directory) == 0 else {
            throw CheckpointKeyError.unwritable(path, String(cString: strerror(errno)))
        }
        return true
    }
}

/// Why the signing key of a data folder could not be used.
public enum CheckpointKeyError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(String, String)
    case exposed(String, mode_t)
    case damaged(String, String)
    case unwritable(String, String)
    case otherOrigin(String, String, wanted: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "Could not read the signing key \(path): \(reason)."
        case .exposed(let path, let mode):
            "Could not use the signing key \(path): others can get at it (mode \(String(mode, radix: 8))). "
                + "If nobody can have copied it, `chmod 600` it; else take it away, and tell those who have the public key."
        case .damaged(let path, let reason):
            "Could not use the signing key \(path): \(reason) Restore it from a backup. Without one, take the file away: a new "
                + "key is made, and those who have the old public key must be told."
        case .unwritable(let path, let reason):
            "Could not make the signing key \(path): \(reason)."
        case .otherOrigin(let path, let name, let wanted):
            "Could not sign as '\(wanted)': the log's origin is '\(name)', the name of its key \(path). A log keeps its origin: "
                + "leave --origin out."
        }
    }
}

extension LogTree {
    /// The checkpoint of the first `size` leaves, of all by default, signed.
    public func checkpoint(size: UInt64? = nil, signedBy key: SignerKey) throws -> SignedCheckpoint {
        let root = try size.map { try self.root(size: $0) } ?? self.root()
        return try Checkpoint(origin: key.verifier.name, size: size ?? self.size, root: root).signed(by: key)
    }
}
