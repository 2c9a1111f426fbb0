import Audit
import Charts
import DataFolder
import EventStore
import Events
import Formulas
import Foundation
import Hummingbird
import NIOCore
import Results
import Runs

/// The way from a figure to its proof: figure, requests, request, event; the log itself, and the formulas.
func addProofPages(to router: Router<BasicRequestContext>, _ pages: Pages) {
    let installation = pages.installation

    /// A result of a run by the beginning of its id, evaluated with a set.
    @Sendable func result(
        _ context: BasicRequestContext, _ fields: FormFields
    ) throws -> (RunRow, ResultDetail, FormulaSet, Series) {
        let detail = try pages.run(try context.part("run"))
        let name = try context.part("result")
        guard let row = detail.results.first(where: { $0.id.hasPrefix(name) }) else {
            throw Problem.notFound("Run '\(detail.run.id)' has no result '\(name)'.")
        }
        let set = try pages.set(fields, of: detail.run)
        var alone = detail
        alone.results = [row]
        guard let evaluated = try installation.evaluate(alone, with: set).results.first else {
            throw Problem.notFound("The figures of '\(name)' are not there yet: ask again in a moment.")
        }
        return (detail.run, evaluated, set, try pages.series().series(row.model_id, row.model_alias))
    }

    router.page("/results/:run/of/:result") { fields, context in
        let (run, found, set, series) = try result(context, fields)
        return ResultPage(run: run, result: found, set: set, series: series).page
    }
    router.page("/results/:run/of/:result/:metric") { fields, context in
        let (run, found, set, series) = try result(context, fields)
        let name = try context.part("metric")
        guard let metric = set.metrics.first(where: { $0.section == .result && $0.name == name }) else {
            throw Problem.notFound("\(set.name) has no figure '\(name)'. /formulas/\(set.name) lists those there are.")
        }
        return FigurePage(
            run: run, result: found, metric: metric, set: set,
            requests: try installation.requests(of: found.row, in: run, with: set), series: series,
            adopted: try pages.adoption(of: set)
        ).page
    }
    router.page("/results/:run/samples") { fields, context in
        let run = try pages.run(try context.part("run")).run
        let start = max(run.first_position, fields["cursor"].flatMap { Position($0) } ?? 0)
        let (model, scenario) = (fields["model"], fields["scenario"])
        var samples: [(position: Position, sample: InferenceSampled)] = []
        var next: Position?
        try installation.log.scan(from: start, through: run.last_position) { (raw: borrowing RawEvent) in
            guard raw.type == .inferenceSampled else { return true }
            guard case .inferenceSampled(let sample) = try installation.log.decoded(raw).event,
                sample.runID == run.id, model == nil || sample.modelID == model,
                scenario == nil || sample.scenario == scenario
            else { return true }
            guard samples.count < SamplesPage.limit else {
                next = raw.position
                return false
            }
            samples.append((raw.position, sample))
            return true
        }
        return SamplesPage(run: run, samples: samples, next: next, fields: fields, book: try pages.series()).page
    }
    router.page("/samples/:position") { _, context in
        let position = try position(context)
        guard case .inferenceSampled(let sample)? = try installation.log.event(at: position)?.event else {
            throw Problem.notFound("Event \(position) is no request. /events/\(position) shows what it is.")
        }
        let run = try installation.run(sample.runID).value?.run
        let alias = run?.phases.first { $0.model_id == sample.modelID }?.alias ?? sample.modelID
        return SamplePage(
            position: position, sample: sample, run: run, series: try pages.series().series(sample.modelID, alias)
        ).page
    }
    router.page("/events/:position") { _, context in
        let position = try position(context)
        guard let event = try installation.log.event(at: position), let proven = try installation.proof(of: position)
        else { throw try Problem.noEvent(position, installation) }
        return EventPage(event: event, proven: proven).page
    }
    router.get("/events/:position/proof") { _, context in
        let position = try position(context)
        guard let proven = try installation.proof(of: position) else {
            throw try Problem.noEvent(position, installation)
        }
        return Response.file(
            Array(proven.entry.encoded.utf8), "event-\(position).tlog-proof", type: "text/plain; charset=utf-8")
    }
    router.get("/events/:position/bytes") { _, context in
        let position = try position(context)
        guard let proven = try installation.proof(of: position) else {
            throw try Problem.noEvent(position, installation)
        }
        return Response.file(proven.bytes, "event-\(position).bin", type: "application/octet-stream")
    }
    router.page("/formulas") { _, _ in FormulaSetPage.list(of: try pages.knownSets()) }
    router.page("/formulas/:name/:version") { _, context in
        let name = "\(try context.part("name"))/\(try context.part("version"))"
        let set = try installation.formulaSet(name)
        return FormulaSetPage(set: set, adopted: try pages.adoption(of: set)).page
    }
    addAuditPages(to: router, pages)
}

private func addAuditPages(to router: Router<BasicRequestContext>, _ pages: Pages) {
    let installation = pages.installation

    router.page("/audit") { fields, _ in
        let selection = try selection(fields)
        var events: [RecordedEvent] = []
        var next: Position?
        try installation.log.scan(from: selection.from) { (raw: borrowing RawEvent) in
            guard selection.includes(raw) else { return true }
            guard events.count < AuditPage.limit else {
                next = raw.position
                return false
            }
            events.append(try installation.log.decoded(raw))
            return true
        }
        return AuditPage(
            events: events, last: try installation.log.lastPosition(), next: next, fields: fields,
            verified: pages.verifications.withLock { $0 }
        ).page
    }
    router.form("/audit/verify", pages) { _, _, _ in
        let start = ContinuousClock.now
        let found = try await pages.longWork { try installation.log.verify() }
        let verified = VerifiedLog(
            verification: found, at: Int64(Date().timeIntervalSince1970 * 1000),
            seconds: (ContinuousClock.now - start) / .seconds(1))
        pages.verifications.withLock { $0 = verified }
        return "/audit"
    }
    router.page("/audit/verify") { _, _ in
        Page(
            "Verify the log", at: .audit,
            """
            <h1>Verify the log</h1><p>Looks at every stored event: its checksum, its place, its stream, what the indexes say of it, and the hash tree over all of them.</p>\
            <form method="post" action="/audit/verify"><button class="go">Verify now</button></form>
            """)
    }
    router.get("/audit/export") { request, _ in
        let fields = FormFields(query: request)
        guard let format = LogFormat(rawValue: fields["format"] ?? "ndjson") else {
            throw Problem.badRequest("'format' must be ndjson, cloudevents or csv, found '\(fields["format"] ?? "")'.")
        }
        let selection = try selection(fields)
        return Response(
            status: .ok,
            headers: [
                .contentType: format == .csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
                .contentDisposition: "attachment; filename=\"events.\(format == .csv ? "csv" : "ndjson")\"",
            ],
            body: ResponseBody { writer in
                let last = try installation.log.lastPosition()
                var export = LogExport(format)
                export.selection = selection
                // Slice by slice, so that a slow reader costs no memory.
                while export.selection.from <= last {
                    let from = export.selection.from
                    export.selection.through = min(last, from + Position(LogLimits.eventsPerSnapshot) - 1)
                    var bytes: [UInt8] = []
                    _ = try export.write(installation.log, to: { bytes += $0 })
                    let isLater = from > selection.from
                    let lines = format == .csv && isLater ? bytes.drop { $0 != 0x0A }.dropFirst() : bytes[...]
                    if !lines.isEmpty { try await writer.write(ByteBuffer(bytes: lines)) }
                    export.selection.from = from + Position(LogLimits.eventsPerSnapshot)
                }
                try await writer.finish(nil)
            })
    }
}

private func position(_ context: BasicRequestContext) throws -> Position {
    let text = try context.part("position")
    guard let position = Position(text), position > 0 else {
        throw Problem.badRequest("A position is a whole number from 1, found '\(text)'.")
    }
    return position
}

private func selection(_ fields: FormFields) throws -> LogSelection {
    var selection = LogSelection()
    if let text = fields["from"] {
        guard let from = Position(text), from > 0 else {
            throw Problem.badRequest("'from' must be a whole number from 1, found '\(text)'.")
        }
        selection.from = from
    }
    if let name = fields["type"] {
        guard let type = EventType(named: name) else { throw Problem.badRequest("Unknown event type '\(name)'.") }
        selection.types = [type]
    }
    selection.stream = fields["stream"]
    return selection
}

extension Problem {
    fileprivate static func noEvent(_ position: Position, _ installation: Installation) throws -> Problem {
        .notFound("There is no event \(position): the log ends at \(try installation.log.lastPosition()).")
    }
}

extension Response {
    /// Bytes to be kept under a name.
    static func file(_ bytes: [UInt8], _ name: String, type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .contentDisposition: "attachment; filename=\"\(name)\""], bytes: bytes)
    }
}

extension Pages {
    /// Where the set's text was recorded; nil when it was not.
    func adoption(of set: FormulaSet) throws -> Position? {
        var found: Position?
        // Sets are adopted before the first run: the scan looks at headers, and ends where it finds the set.
        try installation.log.scan(checksums: false) { (raw: borrowing RawEvent) in
            guard raw.type == .formulaSetAdopted else { return true }
            if case .formulaSetAdopted(let event) = try installation.log.decoded(raw).event, event.name == set.name,
                event.digest == set.digest
            {
                found = raw.position
            }
            return found == nil
        }
        return found
    }
}
