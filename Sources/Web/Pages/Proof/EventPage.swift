import Charts
import DataFolder
import EventStore
import Events
import Foundation
import Hummingbird
import Transparency

/// One event: what it says, the bytes it is stored as, and the proof that it is in the log.
struct EventPage {
    var event: RecordedEvent
    var proven: ProvenEvent

    /// Bytes that are shown; the whole is a download.
    private static let shownBytes = 1_536

    var page: Page {
        Page(
            "Event \(event.position)", at: .audit,
            """
            <ol class="chain" aria-label="From the figure to its proof">\(steps)<li aria-current="step">the event and its proof</li></ol>\
            <div class="hd"><div><h1>Event \(Figure.count(event.position))</h1><p class="meta"><b>\(event.type.name)</b> · stream <a href="/audit?stream=\(event.stream.name.inAddress)"><code>\(event.stream.name)</code></a> version \(event.version) · \
            \(Words.moment(event.recordedAt / 1_000_000, seconds: true)) UTC</p></div><p class="acts">\(neighbours)</p></div>\
            \(verdict)<div class="cards two"><article class="card"><h2 class="t">Identity</h2><dl class="facts"><dt>Position</dt><dd>\(event.position)</dd><dt>Id</dt><dd><code>\(event.id.description)</code></dd>\
            <dt>Recorded</dt><dd>\(event.recordedAt) ns</dd><dt>Schema</dt><dd>version \(event.schemaVersion)</dd><dt>Stored</dt><dd>\(Figure.count(proven.bytes.count)) bytes</dd></dl></article>\
            <article class="card"><h2 class="t">Checkpoint</h2><dl class="facts"><dt>Log</dt><dd><code>\(proven.entry.signed.checkpoint.origin)</code></dd><dt>Events</dt><dd>\(Figure.count(proven.entry.signed.checkpoint.size))</dd>\
            <dt>Root</dt><dd><code>\(proven.entry.signed.checkpoint.root.base64)</code></dd></dl></article></div>\
            <h2>What it says</h2><div class="card"><pre>\(Self.spread(try? event.event.json()))</pre></div>\(path)\(bytes)
            """)
    }

    private var steps: Markup {
        switch event.event {
        case .inferenceSampled(let sample):
            "<li><a href=\"/results/\(sample.runID.inAddress)\">results</a></li><li><a href=\"/samples/\(event.position)\">the request, chunk by chunk</a></li>"
        case .formulaSetAdopted(let set):
            "<li><a href=\"/formulas/\(set.name)\">the formula set</a></li>"
        default: "<li><a href=\"/audit?from=\(event.position)\">audit log</a></li>"
        }
    }

    private var neighbours: Markup {
        let before: Markup? =
            event.position > 1
            ? "<a href=\"/events/\(event.position - 1)\" rel=\"prev\">← \(event.position - 1)</a>" : nil
        let after: Markup? =
            event.position < proven.entry.proof.size
            ? "<a href=\"/events/\(event.position + 1)\" rel=\"next\">\(event.position + 1) →</a>" : nil
        return "\(before) \(after)"
    }

    private var verdict: Markup {
        if let problem = proven.problem {
            return "<p class=\"note b\" role=\"alert\"><b>✕ It is not what the log's tree has.</b> \(problem)</p>"
        }
        return """
            <p class="note g">✓ Proven: these bytes are leaf \(proven.entry.proof.index) of the tree whose root the checkpoint names. \
            Anybody can check it without this machine: <a href="/events/\(event.position)/proof" download>proof</a> and <a href="/events/\(event.position)/bytes" download>bytes</a>, \
            with <code>flperf log check</code> or any reader of c2sp.org/tlog-proof.</p>
            """
    }

    /// The way from the leaf to the root, hash by hash.
    private var path: Markup {
        var node = proven.leaf
        var index = proven.entry.proof.index
        var last = proven.entry.proof.size - 1
        var rows: [Markup] = [
            "<tr><th scope=\"row\">leaf</th><td class=\"l\">SHA-256(0x00 ‖ the bytes)</td><td class=\"l\"><code>\(node.base64)</code></td></tr>"
        ]
        // RFC 9162, section 2.1.3.2, said aloud.
        for hash in proven.entry.proof.hashes {
            let isRight = index & 1 == 1 || index == last
            node = isRight ? Digest(node: hash, node) : Digest(node: node, hash)
            rows.append(
                "<tr><th scope=\"row\">\(rows.count)</th><td class=\"l\">SHA-256(0x01 ‖ \(isRight ? "" : "above ‖ ")<code>\(hash.base64.prefix(12))…</code>\(isRight ? " ‖ above" : ""))</td><td class=\"l\"><code>\(node.base64)</code></td></tr>"
            )
            if isRight {
                while index & 1 == 0, index > 0 {
                    index >>= 1
                    last >>= 1
                }
            }
            index >>= 1
            last >>= 1
        }
        let isRoot = node == proven.entry.signed.checkpoint.root
        return """
            <h2>Inclusion proof <small>\(Words.counted(proven.entry.proof.hashes.count, "hash", "hashes")) lead from this event to the root of all \(Figure.count(proven.entry.proof.size)) (RFC 6962)</small></h2>\
            <div class="tw" tabindex="0" role="region" aria-label="Inclusion proof"><table><thead><tr><th scope="col">Step</th><th scope="col" class="l">Hashed</th><th scope="col" class="l">Gives</th></tr></thead><tbody>\(rows)\
            <tr><th scope="row">root</th><td class="l">of the signed checkpoint</td><td class="l"><code>\(proven.entry.signed.checkpoint.root.base64)</code> \(isRoot ? "<span class=\"ok\">✓ the same</span>" : "<span class=\"bad\">✕ another</span>" as Markup)</td></tr></tbody></table></div>\
            <details class="card stack"><summary>The signed checkpoint</summary><pre>\(proven.entry.signed.note.encoded)</pre></details>
            """
    }

    private var bytes: Markup {
        let shown = proven.bytes.prefix(Self.shownBytes)
        var lines = ""
        for start in stride(from: 0, to: shown.count, by: 16) {
            let row = shown[start..<min(shown.count, start + 16)]
            let hex = row.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
            let text = row.map { (0x20..<0x7F).contains($0) ? String(Unicode.Scalar($0)) : "·" }.joined()
            let offset = String(start, radix: 16)
            lines += String(repeating: "0", count: max(0, 4 - offset.utf8.count)) + offset + "  "
            lines += hex + String(repeating: " ", count: 49 - hex.utf8.count) + text + "\n"
        }
        let left = proven.bytes.count - shown.count
        let more: Markup? = left > 0 ? "<p class=\"sm\">\(Figure.count(left)) more bytes in the download.</p>" : nil
        return """
            <h2>As it is stored <small>header of \(Envelope.headerSize) bytes, the stream's name, the payload (protobuf)</small></h2>\
            <div class="card"><pre class="hex" tabindex="0" role="region" aria-label="Stored bytes">\(lines)</pre>\(more)</div>
            """
    }

    /// JSON over several lines, as it was otherwise; empty when there is none.
    private static func spread(_ json: [UInt8]?) -> String {
        guard let json, let value = try? JSONSerialization.jsonObject(with: Data(json)),
            let spread = try? JSONSerialization.data(
                withJSONObject: value, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        else { return json.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        return String(decoding: spread, as: UTF8.self)
    }
}
