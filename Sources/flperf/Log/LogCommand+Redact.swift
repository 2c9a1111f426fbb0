import ArgumentParser
import DataFolder
import EventStore
import Events
import Storage

extension LogCommand {
    struct Redact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erases prompts and outputs for good. The events stay, and so does everything proven of them.",
            discussion: """
                Example:
                  flperf log redact --stream run-01a20f48-669b-7aef-b696-56d106b82441 --reason "asked for by its author"
                  flperf log redact --before 90d --outputs --reason "kept for 90 days" --yes

                Without --yes it only says what it would erase. That texts were erased, which, when and why, is an event. Events \
                hold salted hashes of their texts, so checkpoints and proofs hold as before. At the end the file is written \
                anew, so that the bytes are gone from the disk; exports and backups made earlier keep them.
                """)
        @OptionGroup var options: GlobalOptions
        @Option(help: ArgumentHelp("Texts of this stream, such as run-<id>.", valueName: "stream")) var stream: String?
        @Option(help: "Texts of this event; may be given several times.") var position: [UInt64] = []
        @Option(help: "Texts recorded before: 2026-01-21T07:30:00Z, or 24h, 7d back from now.") var before: Moment?
        @Flag(help: "All texts of the log.") var all = false
        @Flag(help: "Prompts only.") var prompts = false
        @Flag(help: "Outputs only.") var outputs = false
        @Option(help: "Why; it is recorded.") var reason: String?
        @Flag(help: "Erase them.") var yes = false

        private struct Outcome: Encodable {
            var events: Int
            var texts: UInt64
            var erased: Bool
            var compacted: Bool
        }

        func validate() throws {
            guard all || stream != nil || !position.isEmpty || before != nil else {
                throw ValidationError("Say which texts: --stream, --position, --before or --all.")
            }
            guard !(prompts && outputs) else {
                throw ValidationError("'--prompts --outputs' is both, as without them.")
            }
            guard !yes || reason?.isEmpty == false else { throw ValidationError("Say why: --reason TEXT is recorded.") }
        }

        func run() async throws {
            let installation = try options.openExisting()
            defer { installation.close() }
            let log = installation.log
            let found = try find(in: log)
            guard yes, found.texts > 0 else {
                if options.json {
                    return try Console.json(
                        Outcome(events: found.positions.count, texts: found.texts, erased: false, compacted: false))
                }
                let what =
                    "\(Figures.counted(found.texts, "text", "texts")) of \(Figures.counted(found.positions.count, "event", "events"))"
                return Console.out(
                    found.texts == 0 ? "No such texts." : "Would erase \(what). --yes erases them for good.")
            }
            let erased = try await log.eraseTexts(of: found.positions, reason: reason ?? "")
            var inTheWay: LogError?
            do { try log.compact() } catch let error as LogError { inTheWay = error }
            if options.json {
                try Console.json(
                    Outcome(
                        events: found.positions.count, texts: erased, erased: true, compacted: inTheWay == nil))
            } else {
                Console.out("\(Figures.counted(erased, "text", "texts")) erased.")
            }
            guard let inTheWay else { return }
            throw Failure(
                .failed,
                "Nothing shows them any more, but their bytes are still in free space of \(log.folder)/data.mdb: \(inTheWay) Then run 'flperf log compact'."
            )
        }

        /// The events that are meant and still have a text.
        private func find(in log: EventLog) throws -> (positions: [Position], texts: UInt64) {
            var found: (positions: [Position], texts: UInt64) = ([], 0)
            var older = 0
            let wanted = Set(position)
            try log.scan(checksums: false) { (raw: borrowing RawEvent) in
                let isPrompt = raw.type == .runRequested
                guard isPrompt || raw.type == .inferenceSampled, isMeant(raw, wanted, isPrompt: isPrompt) else {
                    return true
                }
                if raw.schemaVersion == 1 { older += 1 }
                let texts = try log.texts(of: raw).count
                guard texts > 0 else { return true }
                found.positions.append(raw.position)
                found.texts += UInt64(texts)
                return true
            }
            if older > 0 {
                Console.error(
                    "\(Figures.counted(older, "event", "events")) of schema version 1 may hold texts themselves: these can't be erased without breaking the proofs."
                )
            }
            return found
        }

        private func isMeant(_ raw: borrowing RawEvent, _ wanted: Set<Position>, isPrompt: Bool) -> Bool {
            (wanted.isEmpty || wanted.contains(raw.position)) && (stream.map { raw.isOf(stream: $0) } ?? true)
                && (before.map { raw.recordedAt < $0.nanoseconds } ?? true) && !(prompts && !isPrompt)
                && !(outputs && isPrompt)
        }
    }

    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Writes the log's file anew without space that is free, so that erased texts are gone from the disk.",
            discussion: "Example:\n  flperf log compact\n\nNothing else may have the data folder open.")
        @OptionGroup var options: GlobalOptions

        private struct Outcome: Encodable {
            var bytes_before: UInt64
            var bytes_after: UInt64
        }

        func run() async throws {
            let installation = try options.openExisting()
            defer { installation.close() }
            let before = installation.log.fileSize
            try installation.log.compact()
            let after = installation.log.fileSize
            if options.json { return try Console.json(Outcome(bytes_before: before, bytes_after: after)) }
            Console.out("\(Figures.bytes(before)) before, \(Figures.bytes(after)) now.")
        }
    }
}

extension RawEvent {
    fileprivate func isOf(stream: String) -> Bool { streamName.elementsEqual(stream.utf8) }
}
