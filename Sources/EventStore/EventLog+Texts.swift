import Events
import Storage

extension EventLog {
    /// Takes away the texts of these events, prompts and outputs, for good, and records that it was done and why. The events
    /// stay, and so do all proofs about them: they rest on salted hashes of the texts.
    ///
    /// The bytes may still be found in pages of the file that are free now, until `compact`.
    /// - Returns: how many texts were taken; 0, and nothing is recorded, when none of the events has any.
    /// - Throws: as `append`.
    public func eraseTexts(of positions: some Collection<Position>, reason: String) async throws -> UInt64 {
        try checkWritable()
        var erased: UInt64 = 0
        var rest = positions.sorted()[...]
        while !rest.isEmpty {
            let some = rest.prefix(LogLimits.erasedAtOnce)
            rest = rest.dropFirst(some.count)
            erased += try await eraseAtOnce(some, reason: reason)
        }
        return erased
    }

    private func eraseAtOnce(_ positions: ArraySlice<Position>, reason: String) async throws -> UInt64 {
        var event = TextsErased()
        event.reason = reason
        let keys = try reading { transaction in
            try positions.flatMap { position in
                let texts = try LogTables.texts(of: position, in: transaction)
                guard !texts.isEmpty else { return [TextKey]() }
                let type = try LogTables.events.withBytes(of: position, in: transaction) { try RawEvent($0).type }
                if type == .runRequested { event.prompts = true } else { event.outputs = true }
                event.positions.append(position)
                return texts.map { TextKey(position: position, slot: $0.slot) }
            }
        }
        guard !keys.isEmpty else { return 0 }
        event.texts = UInt64(keys.count)
        let encoded = try EncodedEvents([NewEvent(.textsErased(event))], stream: .system)
        try await writer.enter(1)
        _ = try await withCheckedThrowingContinuation { continuation in
            writer.submit(
                AppendRequest(events: encoded, expected: .any, erases: keys) { continuation.resume(with: $0) })
        }
        return event.texts
    }
}
