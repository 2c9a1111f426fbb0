import Foundation
import Hummingbird

/// Dashboard, history, comparison, suites and settings.
func addOverviewPages(to router: Router<BasicRequestContext>, _ pages: Pages) {
    router.page("/dashboard") { _, _ in try Dashboard(pages).page }
    router.page("/history") { fields, _ in try HistoryPage(fields, pages).page }
    router.page("/compare") { fields, _ in try ComparePage(fields, pages).page }
    router.page("/suites") { _, _ in
        SuitesPage(entries: pages.sources.suites.entries(), folders: pages.sources.suites.folders).page
    }
    router.page("/suites/:name") { _, context in
        SuitesPage.one(try pages.sources.suites.suite(try context.part("name")))
    }
    router.post("/suites/check") { request, _ in
        try await answered(request) {
            var request = request
            let fields = FormFields(String(decoding: try await request.bytes(), as: UTF8.self))
            request.body = RequestBody(buffer: .init())
            return SuitesPage.checked(fields["text"] ?? "").response()
        }
    }
    router.page("/settings") { _, _ in await SettingsPage(pages).page }
    router.form("/settings/cache", pages) { fields, request, context in
        var body = ["path": fields["path"] ?? ""]
        body["endpoint"] = fields["endpoint"]
        try await pages.actions.send(.post, "/api/cache/switch", body, for: request, context)
        return "/settings"
    }
}
