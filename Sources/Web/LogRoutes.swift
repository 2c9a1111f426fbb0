import DataFolder
import Dispatch
import EventStore
import Foundation
import Hummingbird
import ProjectionKit
import Synchronization
import Transparency

private struct VerifyAnswer: Codable {
    /// Whether everything is as it was written.
    var ok: Bool
    var events: UInt64
    var first: UInt64
    var last: UInt64
    /// Base 64; null when only a part was looked at.
    @Nullable var root: String?
    var problems: [String]
    var problem_count: Int
}

private struct EntryProof: Codable {
    var position: UInt64
    var index: UInt64
    var size: UInt64
    /// Hashes are SHA-256 (RFC 6962) in base 64.
    var leaf_hash: String
    var hashes: [String]
    var root: String
    /// The event as it is stored, base 64.
    var entry: String
    /// A C2SP signed note.
    var checkpoint: String
}

/// What proves that the log is what it was.
func addLogRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation
    let verification = OneAtATime()

    table.get(
        "/api/log/checkpoint", "What the log is now, as a signed note (C2SP tlog-checkpoint).",
        answer: .text("text/plain")
    ) { _ in
        let key = try CheckpointKey.existingOrNew(in: installation.folder, source: installation.log.source)
        let signed = try installation.log.tree { try $0.checkpoint(signedBy: key) }
        // What is signed must not be undone by a power cut.
        try installation.log.sync()
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            bytes: Array(signed.note.encoded.utf8))
    }
    table.get(
        "/api/log/verify", "Looks at every stored event between two positions, both included. One such look at a time.",
        query: [
            Parameter(name: "from", kind: .integer(Parameter.positions), summary: "The first position; 1."),
            Parameter(name: "through", kind: .integer(Parameter.positions), summary: "The last position; the log's."),
        ], answer: .json(VerifyAnswer.self)
    ) { call in
        let (from, through) = (call.query.integer("from") ?? 1, call.query.integer("through"))
        let found = try await verification.perform("A verification goes on.") {
            try installation.log.verify(from: Position(from), through: through.map(Position.init), threads: 1)
        }
        return try .json(
            VerifyAnswer(
                ok: found.isClean, events: found.events, first: found.first, last: found.last, root: found.root?.base64,
                problems: found.problems.map(\.description), problem_count: found.problemCount))
    }
    table.get(
        "/api/log/proof", "Proves that an event is in the log (RFC 6962).",
        query: [
            Parameter(
                name: "position", kind: .integer(Parameter.positions), summary: "The event's position.",
                isRequired: true
            )
        ], answer: .json(EntryProof.self)
    ) { call in
        let position = Position(call.query.integer("position") ?? 1)
        let key = try CheckpointKey.existingOrNew(in: installation.folder, source: installation.log.source)
        let proof = try installation.log.tree { tree in
            guard position <= tree.size else { throw Problem.notFound("The log ends at event \(tree.size).") }
            let bytes = try tree.leafBytes(position - 1) { Array($0) }
            let inclusion = try InclusionProof(of: position - 1, in: tree.size, from: tree)
            let signed = try tree.checkpoint(signedBy: key)
            let leaf = bytes.withUnsafeBytes { Digest(leaf: $0) }
            // An event that was changed on the disk is told here, not to whom it is sent.
            try inclusion.verify(leaf: leaf, root: signed.checkpoint.root)
            return EntryProof(
                position: position, index: inclusion.index, size: inclusion.size, leaf_hash: leaf.base64,
                hashes: inclusion.hashes.map(\.base64), root: signed.checkpoint.root.base64,
                entry: Data(bytes).base64EncodedString(), checkpoint: signed.note.encoded)
        }
        try installation.log.sync()
        return try .json(proof)
    }
}

/// Long work that keeps a core busy: off the threads that answer, and one at a time.
final class OneAtATime: Sendable {
    private let isBusy = Atomic(false)

    /// - Throws: `Problem` when it goes on already; what `work` throws.
    func perform<Result: Sendable>(_ reason: String, _ work: @escaping @Sendable () throws -> Result) async throws
        -> Result
    {
        guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
            throw Problem(
                status: .tooManyRequests, title: "Too many requests", detail: "\(reason) Ask again when it is over.",
                headers: [.retryAfter: "5"])
        }
        defer { isBusy.store(false, ordering: .releasing) }
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }
}
