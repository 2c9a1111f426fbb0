import Charts
import DataFolder
import Formulas
import Foundation
import Transparency

/// How the service is set up, and how much it stores.
struct SettingsPage {
    private var pages: Pages
    private var caches: [(server: String, endpoint: String, folder: String?, canMove: Bool)] = []

    init(_ pages: Pages) async {
        self.pages = pages
        for found in await pages.sources.discovery.look().found {
            caches.append(
                (
                    found.backend.kind.displayName, "\(found.backend.endpoint)",
                    await found.backend.modelCacheLocation(), found.backend.capabilities.switchCache
                ))
        }
    }

    var page: Page {
        let installation = pages.installation
        let settings = pages.sources.settings.map { setting -> Markup in
            "<tr><th scope=\"row\">\(setting.name)</th><td class=\"w\">\(setting.value)</td><td class=\"l\">\(setting.origin)</td></tr>"
        }
        let stored: [(String, String)] = [
            ("Data folder", installation.folder), ("Log", size(installation.folder + "/log")),
            ("Tables", size(installation.folder + "/tables") + ", may be deleted at any time"),
            ("This log's id", "\(installation.log.source)"),
        ]
        let key = try? CheckpointKey.existing(in: installation.folder)
        let servers = caches.map { cache -> Markup in
            let move: Markup =
                cache.canMove
                ? """
                <form class="row" method="post" action="/settings/cache"><input type="hidden" name="endpoint" value="\(cache.endpoint)"><label>Move to <input name="path" placeholder="/full/path"></label><button>Move</button></form>
                """ : "<span class=\"mut\">its own settings decide</span>"
            return
                "<tr><th scope=\"row\">\(cache.server)</th><td class=\"l\">\(cache.endpoint)</td><td class=\"w\">\(cache.folder ?? "—")</td><td class=\"l\">\(move)</td></tr>"
        }
        let facts = stored.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as Markup }
        let table: Markup? =
            settings.isEmpty
            ? nil
            : """
            <h2>Settings <small>flag, then environment, then default</small></h2><div class="tw" tabindex="0" role="region" aria-label="Settings"><table><thead><tr><th scope="col">Setting</th><th scope="col" class="l">Value</th><th scope="col" class="l">From</th></tr></thead><tbody>\(settings)</tbody></table></div>
            """
        let found: Markup =
            servers.isEmpty
            ? "<p class=\"mut\">No model server was found on this host.</p>"
            : """
            <div class="tw" tabindex="0" role="region" aria-label="Model servers"><table><thead><tr><th scope="col">Server</th><th scope="col" class="l">Address</th><th scope="col" class="l">Its models</th><td></td></tr></thead><tbody>\(servers)</tbody></table></div>
            """
        let published: Markup? = key.map { "<dt>Public key</dt><dd><code>\("\($0.verifier)")</code></dd>" }
        return Page(
            "Settings", at: .settings,
            """
            <h1>Settings</h1>\(table)<h2>Storage</h2><div class="card"><dl class="facts">\(facts)\(published)</dl></div><h2>Model servers <small>where their models are kept</small></h2>\(found)\
            <h2>Formulas</h2><p>\(FormulaSet.builtIn.map { "<a href=\"/formulas/\($0.name)\">\($0.name)</a>" as Markup }.joined(" · "))</p>
            """)
    }

    /// Bytes on the disk of a folder's files.
    private func size(_ folder: String) -> String {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let bytes = files.reduce(UInt64(0)) { sum, file in
            var status = stat()
            // Blocks, not length: the files have holes.
            return stat("\(folder)/\(file)", &status) == 0 ? sum + UInt64(status.st_blocks) * 512 : sum
        }
        return Words.bytes(bytes)
    }
}
