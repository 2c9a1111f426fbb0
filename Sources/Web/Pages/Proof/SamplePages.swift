import Charts
import DataFolder
import EventStore
import Events
import Formulas
import Hummingbird
import Runs

/// A run's requests as they were recorded, some at a time.
struct SamplesPage {
    var run: RunRow
    var samples: [(position: Position, sample: InferenceSampled)]
    /// Where the next part begins; nil when there is none.
    var next: Position?
    var fields: FormFields
    var book: SeriesBook

    static let limit = 100

    var page: Page {
        let rows = samples.map { position, sample -> Markup in
            let series = book.series(sample.modelID, alias(sample.modelID))
            let sent = sample.hasSentNs ? sample.sentNs : sample.startedNs
            let first = sample.hasFirstContentNs ? Double(sample.firstContentNs - sent) / 1e6 : nil
            let last = Double((sample.hasLastContentNs ? sample.lastContentNs : sample.endedNs) - sent) / 1e6
            return """
                <tr><th scope="row"><a href="/samples/\(position)">\(position)</a></th><td class="l">\(series.icon)\(series.name)</td><td class="l">\(sample.scenario)</td>\
                <td>\(sample.rateMillionths > 0 ? "\(Figure.adaptive(Double(sample.rateMillionths) / 1e6))/s" : "\(sample.level)")</td><td>\(sample.iteration + 1)</td>\
                <td>\(Figure.number(Double(sample.startedNs) / 1e9, digits: 3))</td><td>\(Figure.adaptive(first))</td><td>\(Figure.adaptive(last))</td>\
                <td>\(sample.hasContentChunks ? Figure.count(sample.contentChunks) : "—")</td><td>\(sample.hasCompletionTokens ? Figure.count(sample.completionTokens) : "—")</td>\
                <td class="l">\(sample.stateMark)</td></tr>
                """
        }
        let model = fields["model"].map { "&model=\($0.inAddress)" } ?? ""
        let scenario = fields["scenario"].map { "&scenario=\($0.inAddress)" } ?? ""
        let on: Markup? = next.map {
            "<p class=\"acts\"><a href=\"/results/\(run.id.inAddress)/samples?cursor=\($0)\(model)\(scenario)\" rel=\"next\">Next \(Self.limit) →</a></p>"
        }
        let chosen = [fields["model"].map(alias), fields["scenario"]].compactMap(\.self).joined(separator: ", ")
        return Page(
            "Raw samples · run \(Words.short(run.id))", at: .results,
            """
            <p class="sm"><a href="/results/\(run.id.inAddress)">Run \(Words.short(run.id))</a></p><h1>Raw samples</h1>\
            <p class="meta">\(Words.counted(run.samples, "request", "requests")) in the run\(chosen.isEmpty ? "" : ", shown: \(chosen)"); as they were recorded, before any formula.</p>\
            <div class="tw" tabindex="0" role="region" aria-label="Raw samples"><table><thead><tr><th scope="col">Event</th><th scope="col" class="l">Model</th><th scope="col" class="l">Scenario</th><th scope="col">Load</th>\
            <th scope="col">#</th><th scope="col">Started<small>s</small></th><th scope="col">First content<small>ms after sent</small></th><th scope="col">Last content<small>ms after sent</small></th>\
            <th scope="col">Chunks</th><th scope="col">Tokens<small>server</small></th><th scope="col" class="l">State</th></tr></thead><tbody>\(rows)</tbody></table></div>\(on)
            """)
    }

    private func alias(_ model: String) -> String { run.phases.first { $0.model_id == model }?.alias ?? model }
}

extension InferenceSampled {
    /// How it ended, with a sign that needs no colour.
    fileprivate var stateMark: Markup {
        if error != .none { return "<span class=\"warn\">⚠ \(error.words)</span>" }
        return warmup
            ? "<span class=\"mut\">warm-up</span>"
            : cooldown ? "<span class=\"mut\">cool-down</span>" : "<span class=\"ok\">✓</span>"
    }
}

/// One request in full: its chunks in time, its times, counts and texts.
struct SamplePage {
    var position: Position
    var sample: InferenceSampled
    var run: RunRow?
    var series: Series

    var page: Page {
        let timed = RunPicture.TimedRequest(position: position, sample)
        let chart = TimelineChart(
            title: "Chunk timeline", question: "When did each chunk arrive?",
            requests: [
                .init("\(series.name) #\(sample.iteration + 1)", series, arrivals: timed.arrivals, end: timed.end)
            ])
        let back: Markup? = run.map {
            "<li><a href=\"/results/\($0.id.inAddress)\">results</a></li><li><a href=\"/results/\($0.id.inAddress)/samples?cursor=\(position)\">its requests</a></li>"
        }
        return Page(
            "Request \(position)", at: .results,
            """
            <ol class="chain" aria-label="From the figure to its proof">\(back)<li aria-current="step">a request, chunk by chunk</li><li><a href="/events/\(position)">its event and proof</a></li></ol>\
            <h1>\(series.icon)\(series.name) <small>request #\(sample.iteration + 1)</small></h1>\
            <p class="meta">\(sample.scenario) · recorded as <a href="/events/\(position)">event \(position)</a> · \(sample.stateMark)</p>\(failure)\
            <figure class="card"><figcaption><h2 class="t">Chunk timeline</h2><p>When did each chunk arrive? \(stamps)</p></figcaption><div class="sx" tabindex="0" role="region" aria-label="Chunk timeline">\(chart.svg)</div></figure>\
            <div class="cards two" id="parts"><article class="card"><h2 class="t">Times</h2><dl class="facts">\(times)</dl></article>\
            <article class="card"><h2 class="t">Counts</h2><dl class="facts">\(counts)</dl></article></div>\(output)
            """)
    }

    private var failure: Markup {
        guard sample.error != .none else { return "" }
        return "<p class=\"note b\">\(sample.error.words): \(sample.errorMessage)</p>"
    }

    private var stamps: String {
        switch sample.clock {
        case .kernel: "Stamped by the kernel."
        case .user: "Stamped by the client when it read them."
        default: ""
        }
    }

    private func facts(_ facts: [(String, String?)]) -> Markup {
        facts.map { "<dt>\($0.0)</dt><dd>\($0.1 ?? "—")</dd>" as Markup }.joined()
    }

    private var times: Markup {
        func after(_ has: Bool, _ value: Int64) -> String? {
            has ? "\(Figure.number(Double(value - sample.startedNs) / 1e6, digits: 3)) ms" : nil
        }
        return facts([
            ("Started", "\(Figure.number(Double(sample.startedNs) / 1e9, digits: 6)) s after the run's anchor"),
            ("Intended", after(sample.intendedStartNs != 0, sample.intendedStartNs)),
            ("Connected", after(sample.hasConnectedNs, sample.connectedNs)),
            ("Sent", after(sample.hasSentNs, sample.sentNs)),
            ("Headers", after(sample.hasHeadersNs, sample.headersNs)),
            ("First byte", after(sample.hasFirstByteNs, sample.firstByteNs)),
            ("First content", after(sample.hasFirstContentNs, sample.firstContentNs)),
            ("Last content", after(sample.hasLastContentNs, sample.lastContentNs)),
            ("Ended", after(true, sample.endedNs)),
        ])
    }

    private var counts: Markup {
        func count(_ has: Bool, _ value: UInt64) -> String? { has ? Figure.count(value) : nil }
        return facts([
            ("Prompt tokens", count(sample.hasPromptTokens, sample.promptTokens)),
            ("Output tokens", count(sample.hasCompletionTokens, sample.completionTokens)),
            ("Reasoning tokens", count(sample.hasReasoningTokens, sample.reasoningTokens)),
            ("Cached tokens", count(sample.hasCachedTokens, sample.cachedTokens)),
            ("Content chunks", count(sample.hasContentChunks, sample.contentChunks)),
            ("Output", Words.bytes(sample.outputBytes)),
            ("Finish reason", sample.finishReason.isEmpty ? nil : sample.finishReason),
            ("HTTP status", sample.hasHTTPStatus ? "\(sample.httpStatus)" : nil),
            ("Model in the answer", sample.responseModel.isEmpty ? nil : sample.responseModel),
            (
                "Output SHA-256",
                sample.outputDigest.isEmpty
                    ? nil : sample.outputDigest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            ),
        ])
    }

    private var output: Markup {
        guard let text = sample.outputText, !text.isEmpty else { return "" }
        return
            "<h2>The answer <small>as text, whatever is in it</small></h2><div class=\"card\"><pre>\(text)</pre></div>"
    }
}

extension ErrorClass {
    /// The class as tables and exports have it.
    var words: String {
        switch self {
        case .none: "none"
        case .connect: "connect"
        case .http: "http"
        case .protocol: "protocol"
        case .timeout: "timeout"
        case .streamError: "stream_error"
        case .truncated: "truncated"
        case .cancelled: "cancelled"
        case .shed: "shed"
        default: "other"
        }
    }
}
