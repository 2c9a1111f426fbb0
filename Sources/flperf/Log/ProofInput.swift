import ArgumentParser
import Foundation
import Transparency

/// Files and keys that somebody hands over to be checked.
enum ProofInput {
    /// More than any proof, checkpoint or event has.
    private static let limit = 32 << 20

    /// The bytes of a file, or of standard input for `-`.
    static func bytes(of path: String) throws -> [UInt8] {
        let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
        guard let handle, let data = try? handle.read(upToCount: limit + 1) ?? Data() else {
            throw Failure(.failed, "Could not read \(path): it is not there, not a file, or not to be read by you.")
        }
        guard data.count <= limit else {
            throw Failure(.failed, "Could not read \(path): it has more than \(limit) bytes.")
        }
        return Array(data)
    }

    /// A checkpoint whose signature was not looked at yet.
    static func checkpoint(in path: String) throws -> SignedCheckpoint {
        do {
            return try SignedCheckpoint(parsing: bytes(of: path))
        } catch let error as ProofError {
            throw Failure(.logIntegrity, "Could not use the checkpoint \(path): \(error)")
        }
    }

    static func keys(_ texts: [String]) throws -> [VerifierKey] {
        try texts.map { text in
            do {
                return try VerifierKey(parsing: text)
            } catch {
                throw Failure(.usage, "'--key': \(error)")
            }
        }
    }

    /// Writes bytes to a file that nobody sees half written.
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Failure(
                .failed, "Could not write \(path): its folder is not there or can't be written; choose another.")
        }
    }
}
