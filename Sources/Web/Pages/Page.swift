import Charts
import Foundation
import Hummingbird

/// One page: what is between the navigation and the foot.
struct Page {
    /// A place of the navigation.
    enum Place: String, CaseIterable {
        case dashboard = "/dashboard"
        case models = "/models"
        case benchmarks = "/benchmarks"
        case results = "/results"
        case history = "/history"
        case compare = "/compare"
        case recompute = "/recompute"
        case audit = "/audit"
        case settings = "/settings"

        var name: String {
            switch self {
            case .dashboard: "Dashboard"
            case .models: "Models"
            case .benchmarks: "Benchmarks"
            case .results: "Results"
            case .history: "History"
            case .compare: "Compare"
            case .recompute: "Recompute"
            case .audit: "Audit log"
            case .settings: "Settings"
            }
        }
    }

    var title: String
    var place: Place?
    var body: Markup
    /// Seconds after which a reader without script sees the page anew; nil where nothing moves.
    var refresh: Int?

    init(_ title: String, at place: Place?, refresh: Int? = nil, _ body: Markup) {
        self.title = title
        self.place = place
        self.refresh = refresh
        self.body = body
    }

    var html: Markup {
        let links = Place.allCases.map { place -> Markup in
            let current: Markup = place == self.place ? " aria-current=\"page\"" : ""
            return "<a href=\"\(place.rawValue)\"\(current)>\(place.name)</a>"
        }
        let refreshed: Markup? = refresh.map {
            "<noscript><meta http-equiv=\"refresh\" content=\"\($0)\"></noscript>"
        }
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">\
            \(refreshed)<title>\(title) · FLPerformance</title><link rel="stylesheet" href="\(Stylesheet.path)">\
            <link rel="icon" href="/icon.svg" type="image/svg+xml"><script src="\(PageScript.path)" defer></script></head>\
            <body><a class="skip" href="#main">Skip to the page</a><header class="top"><a class="logo" href="/dashboard">FLPerformance</a>\
            <nav aria-label="Main" tabindex="-1">\(links)</nav></header><main id="main">\(body)</main>\
            <footer>FLPerformance · every figure here is computed from events of an append-only log · \
            <a href="/audit">audit log</a> · <a href="/formulas">formulas</a></footer></body></html>
            """
    }

    func response(status: HTTPResponse.Status = .ok) -> Response {
        .page(html, type: "text/html; charset=utf-8", status: status)
    }
}

extension Response {
    /// Text for a browser, which may load nothing that is not from here and run no script but ours.
    static func page(
        _ markup: Markup, type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.contentSecurityPolicy] =
            type.hasPrefix("image/svg")
            ? "default-src 'none'; style-src 'unsafe-inline'"
            : "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
                + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        headers[.init("X-Content-Type-Options")!] = "nosniff"
        headers[.init("Referrer-Policy")!] = "same-origin"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-cache" }
        return Response(status: status, headers: headers, bytes: Array(markup.text.utf8))
    }

    /// Where the browser goes on with a GET, after a form was taken.
    static func seeOther(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .contentLength: "0"])
    }
}

extension Request {
    /// Whether a page is asked for, as browsers do when somebody opens an address.
    var wantsPage: Bool { headers[.accept]?.contains("text/html") == true }
}
