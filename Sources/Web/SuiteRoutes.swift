import Benchmarking
import DataFolder
import Hummingbird
import Orchestrator

/// A suite file that can't be used, told beside those that can.
private struct BrokenSuite: Codable {
    var file: String
    var error: String
}

private struct SuiteList: Codable {
    var suites: [SuiteView]
    var errors: [BrokenSuite]
}

/// The suites there are, and those that are sent here, which lie in the data folder.
func addSuiteRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let sent = SuiteFolder(sources.installation.suitesFolder)

    table.get("/api/benchmarks/suites", "Every suite, and the files that are none.", answer: .json(SuiteList.self)) {
        _ in
        var list = SuiteList(suites: [], errors: [])
        for entry in sources.suites.entries() {
            switch entry.suite {
            case .success(let suite): list.suites.append(SuiteView(suite))
            case .failure(let error):
                list.errors.append(
                    BrokenSuite(
                        file: entry.path.split(separator: "/").last.map(String.init) ?? "", error: error.description))
            }
        }
        return try Response.json(list)
    }
    table.get("/api/benchmarks/suites/{name}", "One suite.", answer: .json(SuiteView.self)) { call in
        try Response.json(SuiteView(try sources.suites.suite(try call.path("name"))))
    }
    table.post(
        "/api/benchmarks/suites", "Keeps a suite, in the place of one of its name that was sent before.", body: .suite,
        answer: .json(SuiteView.self, status: .created)
    ) { call in
        let bytes = try await call.request.bytes()
        let suite = try Problem.ofBody { () throws(SuiteError) in try SuiteFolder.check(bytes, place: Problem.body) }
        if !sent.has(suite.name), (try? sources.suites.suite(suite.name)) != nil {
            throw Problem.conflict("There is a suite '\(suite.name)' that was not sent here. Choose another name.")
        }
        try sent.keep(suite, bytes)
        var response = try Response.json(SuiteView(suite), status: .created)
        response.headers[.location] = "/api/benchmarks/suites/\(suite.name)"
        return response
    }
    table.post(
        "/api/benchmarks/suites/check", "Looks for faults in a suite; nothing is kept.", body: .suite,
        answer: .json(SuiteView.self)
    ) { call in
        let bytes = try await call.request.bytes()
        return try Response.json(
            SuiteView(
                try Problem.ofBody { () throws(SuiteError) in try SuiteFolder.check(bytes, place: Problem.body) }))
    }
    table.delete(
        "/api/benchmarks/suites/{name}", "Takes away a suite that was sent. Runs keep what they measured.",
        answer: .json(Success.self)
    ) { call in
        let name = try call.path("name")
        guard try sent.remove(name) else {
            _ = try sources.suites.suite(name)
            throw Problem.conflict("The suite '\(name)' was not sent here: it is a file in another folder.")
        }
        return try Response.json(Success(message: "The suite '\(name)' was taken away."))
    }
}

extension Installation {
    /// Where suites lie that were sent over HTTP.
    var suitesFolder: String { folder + "/suites" }
}

extension Route.Body {
    /// What `Suite` reads: scenarios and settings have more rules than a schema can tell.
    fileprivate static var suite: Route.Body {
        Route.Body(isRequired: true) { _ in
            [
                "type": "object", "required": ["name", "scenarios"], "additionalProperties": false,
                "properties": [
                    "name": ["type": "string", "pattern": .string(SuiteFolder.namePattern)],
                    "version": ["type": ["string", "number"]], "description": ["type": ["string", "number"]],
                    "scenarios": [
                        "type": "array", "minItems": 1,
                        "items": [
                            "type": "object", "required": ["name"],
                            "properties": ["name": ["type": "string", "minLength": 1]],
                        ],
                    ],
                    "default_config": ["type": "object"],
                ],
            ]
        }
    }
}
