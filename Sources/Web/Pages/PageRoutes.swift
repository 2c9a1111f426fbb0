import Charts
import Hummingbird

/// The pages for people, beside the interface for programs.
///
/// - Parameter api: answers as the routes for programs do.
func addPageRoutes(
    to router: Router<BasicRequestContext>, _ sources: WebSources,
    api: @escaping @Sendable (Request, BasicRequestContext) async throws -> Response
) {
    let pages = Pages(sources, actions: PageActions(answer: api))
    let kept: HTTPFields = [.cacheControl: "max-age=31536000, immutable"]
    router.get(RouterPath(Stylesheet.path)) { _, _ in
        Response.page(Stylesheet.text, type: "text/css; charset=utf-8", headers: kept)
    }
    router.get(RouterPath(PageScript.path)) { _, _ in
        Response.page(PageScript.text, type: "text/javascript; charset=utf-8", headers: kept)
    }
    router.get("/icon.svg") { _, _ in
        Response.page(
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b5cad"/>\
            <path d="M3 12V8M6.5 12V4M10 12V6M13 12V9" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>
            """, type: "image/svg+xml", headers: kept)
    }
    addResultPages(to: router, pages)
    addProofPages(to: router, pages)
    addBenchmarkPages(to: router, pages)
    addModelPages(to: router, pages)
    addOverviewPages(to: router, pages)
    addRecomputePages(to: router, pages)
    addReplayPages(to: router, pages)
}
