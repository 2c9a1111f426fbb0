import Charts
import DataFolder
import EventStore
import Events
import Foundation
import Hummingbird

/// The log, event by event, filtered by type and stream.
struct AuditPage {
    var events: [RecordedEvent]
    var last: Position
    /// Where the next part begins; nil at the end.
    var next: Position?
    var fields: FormFields
    var verified: VerifiedLog?

    static let limit = 100

    var page: Page {
        let rows = events.map { event -> Markup in
            let data = (try? event.event.json()).map { String(decoding: $0.prefix(160), as: UTF8.self) } ?? ""
            return """
                <tr><th scope="row"><a href="/events/\(event.position)">\(event.position)</a></th><td class="l">\(Words.moment(event.recordedAt / 1_000_000, seconds: true))</td><td class="l"><b>\(event.type.name)</b></td>\
                <td class="l"><a href="/audit?stream=\(event.stream.name.inAddress)" title="\(event.stream.name)">\(Self.short(event.stream.name))</a>@\(event.version)</td><td class="cut"><code>\(data)</code></td></tr>
                """
        }
        let kept = ["type", "stream"].compactMap { name in fields[name].map { "&\(name)=\($0.inAddress)" } }.joined()
        let on: Markup? = next.map { "<a href=\"/audit?from=\($0)\(kept)\" rel=\"next\">Next →</a>" }
        let first: Markup? = fields["from"] == nil ? nil : "<a href=\"/audit?\(kept.dropFirst())\">From the first</a>"
        return Page(
            "Audit log", at: .audit,
            """
            <div class="hd"><div><h1>Audit log</h1><p class="meta">\(Words.counted(last, "event", "events")), never rewritten: each has a checksum, and is a leaf of a hash tree.</p></div>\
            <form method="post" action="/audit/verify"><button class="go">Verify now</button></form></div>\(verdict)\(filter)\
            <div class="tw" tabindex="0" role="region" aria-label="Events"><table><thead><tr><th scope="col">Position</th><th scope="col" class="l">Recorded, UTC</th><th scope="col" class="l">Type</th><th scope="col" class="l">Stream</th><th scope="col" class="l">What it says</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div><p class="acts">\(first) \(on)</p>
            """)
    }

    private var verdict: Markup {
        guard let verified else { return "" }
        guard verified.verification.isClean else {
            let problems = verified.verification.problems.map { "<li>\($0.description)</li>" as Markup }
            return """
                <div class="note b" role="alert"><b>✕ \(Words.counted(verified.verification.problemCount, "problem", "problems")): the log is not as it was written.</b> Restore a backup; what is readable still serves.<ul>\(problems)</ul></div>
                """
        }
        let root: Markup? = verified.verification.root.map { " Root <code>\($0.base64)</code>." }
        return """
            <p class="note g" id="verified">✓ \(Words.counted(verified.verification.events, "event", "events")), all as they were written: checksums, order, streams, indexes and hash tree. \
            Looked at \(Words.moment(verified.at, seconds: true)) UTC in \(Words.duration(verified.seconds)).\(root)</p>
            """
    }

    private var filter: Markup {
        let types = Event.types.map { type -> Markup in
            "<option\(fields["type"] == type.name ? " selected" : "" as Markup)>\(type.name)</option>"
        }
        let kept = ["type", "stream", "from"].compactMap { name in fields[name].map { "\(name)=\($0.inAddress)" } }
        let query = kept.isEmpty ? "" : "?" + kept.joined(separator: "&")
        let and = query.isEmpty ? "?" : "&"
        return """
            <form class="row noprint" method="get" action="/audit"><label>Type <select name="type"><option value="">all</option>\(types)</select></label>\
            <label>Stream <input name="stream" value="\(fields["stream"] ?? "")" placeholder="run-…, model-…, system"></label>\
            <label>From position <input name="from" inputmode="numeric" size="8" value="\(fields["from"] ?? "")"></label><button>Filter</button>\
            <span class="sm">Export these: <a href="/audit/export\(query)\(and)format=ndjson" download>NDJSON</a> <a href="/audit/export\(query)\(and)format=cloudevents" download>CloudEvents</a> <a href="/audit/export\(query)\(and)format=csv" download>CSV</a></span></form><p></p>
            """
    }

    /// A stream's name without the middle of its id.
    private static func short(_ name: String) -> String {
        guard let dash = name.firstIndex(of: "-"), name.utf8.count > 30 else { return name }
        return name[...dash] + "…" + name.suffix(8)
    }
}
