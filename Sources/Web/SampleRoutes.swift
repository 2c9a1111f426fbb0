import Audit
import DataFolder
import EventStore
import Events
import Hummingbird
import Orchestrator
import Results

/// What was measured, request by request.
func addSampleRoutes(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation

    table.get(
        "/api/benchmarks/results/{id}/samples", "The requests that a result comes from, as they are in the log.",
        query: [
            Parameter(
                name: "runId", kind: .text(Parameter.nameLength),
                summary: "The result's run; without it all runs are looked through."),
            Parameter(name: "limit", kind: .integer(1...1_000), summary: "Samples of a page; 100."),
            Parameter(
                name: "cursor", kind: .integer(Parameter.positions),
                summary: "Where a page begins: 'next_cursor' of the one before."),
        ],
        answer: .samples
    ) { call in
        let id = try call.id
        let rows = try installation.results(run: call.query.text("runId")).value
        guard let row = rows.first(where: { $0.id == id }) else {
            throw Problem.notFound("Unknown result '\(id)'. GET /api/benchmarks/results lists those there are.")
        }
        let limit = call.query.integer("limit") ?? 100
        let first = max(row.first_position, Position(call.query.integer("cursor") ?? 1))
        var list: [UInt8] = []
        var (count, next) = (0, Position?.none)
        let stream = try StreamID.run(row.run_id)
        if first <= row.last_position {
            try installation.log.scan(from: first, through: row.last_position) { (raw: borrowing RawEvent) in
                guard raw.type == .inferenceSampled, raw.streamName.elementsEqual(stream.name.utf8) else { return true }
                guard let sample = try raw.sample(), row.has(sample) else { return true }
                guard count < limit else {
                    next = raw.position
                    return false
                }
                if count > 0 { list.append(UInt8(ascii: ",")) }
                list += try EventLine.json(installation.log.decoded(raw))
                count += 1
                return true
            }
        }
        var response = Response(json: [
            Array("{\"next_cursor\":\(next.map { "\($0)" } ?? "null"),\"samples\":[".utf8), list, Array("]}".utf8),
        ])
        if let next {
            response.headers[.init("Link")!] = "<\(call.url(replacing: "cursor", with: "\(next)"))>; rel=\"next\""
        }
        return response
    }
}

extension ResultRow {
    /// Whether a sample of its run is one of its own.
    fileprivate func has(_ sample: borrowing SampleView) -> Bool {
        sample.modelID.elementsEqual(model_id.utf8) && sample.scenario.elementsEqual(scenario.utf8)
            && (rate == nil ? Int(sample.level) == concurrency : Double(sample.rateMillionths) / 1e6 == rate)
    }
}

extension Route.Answer {
    fileprivate static var samples: Route.Answer {
        Route.Answer { _ in
            [
                "type": "object", "required": ["samples", "next_cursor"],
                "properties": [
                    "next_cursor": ["type": ["integer", "null"]],
                    "samples": [
                        "type": "array",
                        "items": [
                            "type": "object", "required": ["position", "recorded_at", "data"],
                            "properties": [
                                "position": ["type": "integer"], "recorded_at": ["type": "string"],
                                "data": ["type": "object"],
                            ],
                        ],
                    ],
                ],
            ]
        }
    }
}
