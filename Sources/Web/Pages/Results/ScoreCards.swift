import Charts
import Formulas

/// The models' scores, each with the parts that it is made of.
struct ScoreCards {
    var view: ShownResults

    /// The set's `model` figures that run from 0 to 1 with fixed anchors: the parts of a score.
    static func parts(of set: FormulaSet) -> [(name: String, title: String)] {
        set.metrics.filter { $0.section == .model && $0.unit == "share" }.map { ($0.name, title($0.name)) }
    }

    private static func title(_ name: String) -> String {
        let known = [
            "success": "Reliability", "speed_score": "Throughput", "ttft_score": "TTFT", "tpot_score": "TPOT",
            "latency_score": "Latency",
        ]
        return known[name] ?? name.replacing("_score", with: "").replacing("_", with: " ")
    }

    var markup: Markup {
        cards.isEmpty
            ? "" : "<h2>Performance scores <small>0–100, fixed anchors, higher is better</small></h2>\(cards)"
    }

    /// The cards alone; nothing when the set has no score.
    var cards: Markup {
        guard view.set.metrics.contains(where: { $0.section == .model && $0.name == "score" }) else { return "" }
        let ranked = view.models.sorted {
            (view.metric("score", of: $0.id) ?? -1) > (view.metric("score", of: $1.id) ?? -1)
        }
        return "<div class=\"cards\">\(ranked.map(card))</div>"
    }

    private func card(_ model: (id: String, series: Series)) -> Markup {
        let score = view.metric("score", of: model.id)
        let parts = Self.parts(of: view.set).map { part -> Markup in
            let value = view.metric(part.name, of: model.id).map { $0 * 100 }
            return """
                <dt><a class="plain" href="\(formula(part.name))">\(part.title)</a></dt><dd>\(meter(value))<b>\(Figure.number(value, digits: 0))</b></dd>
                """
        }
        let phase = view.run.phases.first { $0.model_id == model.id }
        let reason: Markup? = phase?.reason.map { "<p class=\"sm bad\">\($0)</p>" }
        return """
            <article class="card"><h3>\(model.series.icon)\(model.series.name)</h3>\
            <p class="big"><a class="plain" href="\(formula("score"))">\(Figure.number(score, digits: 0))</a><small>/100</small></p>\
            <dl>\(parts)</dl>\(reason)</article>
            """
    }

    private func formula(_ name: String) -> String { "/formulas/\(view.set.name)#model.\(name)" }
}

/// A bar for a share in percent; the figure stands beside it.
func meter(_ percent: Double?, style: Markup = "mb") -> Markup {
    """
    <svg class="\(style)" viewBox="0 0 100 7" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="7"/>\
    <rect class="v" width="\(max(0, min(100, percent ?? 0)))" height="7"/></svg>
    """
}
