import Export
import Foundation
import Results
import Testing

struct ExportTests {
    /// A row as the tables hold it; a test changes what it is about.
    static func row(scenario: String = "Capital") throws -> ResultRow {
        let text = """
            {"id":"x","run_id":"r1","model_id":"m","scenario":"","tps":12.5,"ttft":50,"error_rate":0,"total_tokens":25,
             "created_at":1768981056668,"model_alias":"m","model_name":"m:1","concurrency":1,"simulated":false,
             "formula_set":"standard/1","metrics":{},"formula_digests":{},"samples":5,"source":"s","first_position":1,"last_position":9}
            """
        var row = try JSONDecoder().decode(ResultRow.self, from: Data(text.utf8))
        row.scenario = scenario
        return row
    }

    private func lines(_ rows: [ResultRow]) -> [String] {
        CSVWriter.results(rows).components(separatedBy: "\r\n")
    }

    @Test func theOriginalsColumnsComeFirstAndInItsOrder() throws {
        let heading = lines([])[0]
        #expect(
            heading.hasPrefix(
                "id,run_id,model_id,scenario,tps,ttft,tpot,gen_tps,latency_p50,latency_p95,latency_p99,error_rate,timeout_rate,"
                    + "cpu_avg,ram_avg,gpu_avg,total_tokens,total_iterations,successful_iterations,created_at"))
    }

    @Test func anOpenLoopsRateStandsBehindAllOtherColumns() throws {
        #expect(
            lines([])[0].hasSuffix(
                ",token_source,rate,reached_rate,shed,reached_concurrency,client_limited,formula_digest,source"))
        #expect(lines([try Self.row()])[1].hasSuffix(",,,,,,,s"))
        var row = try Self.row()
        (row.concurrency, row.rate, row.reached_rate, row.shed) = (nil, 2, 1.75, 0)
        (row.reached_concurrency, row.client_limited) = (3.5, "The client was the limit.")
        row.formula_digests = ["standard/1": "sha256:01", "mine/1": "sha256:02"]
        let line = lines([row])[1]
        #expect(line.contains(",m:1,,0,standard/1"), "\(line)")
        #expect(line.hasSuffix(",2,1.75,0,3.5,The client was the limit.,sha256:01,s"), "\(line)")
    }

    @Test func anOpenLoopsLatencyCountsFromTheIntendedStart() throws {
        var row = try Self.row()
        row.metrics = ["other/1": ["e2e_p50": 7, "scheduled_e2e_p50": 9, "e2e_p99": 8]]
        let names = ["latency_p50": "e2e_p50", "latency_p99": "e2e_p99"]
        #expect(row.columns(from: "other/1", names: names)?.latency_p50 == 7)
        row.rate = 2
        #expect(row.columns(from: "other/1", names: names)?.latency_p50 == 9)
        #expect(row.columns(from: "other/1", names: names)?.latency_p99 == 8)
    }

    @Test func unknownIsAnEmptyCellAndZeroIsZero() throws {
        let cells = lines([try Self.row()])[1].components(separatedBy: ",")
        #expect(cells[4] == "12.5")
        #expect(cells[6] == "")
        #expect(cells[11] == "0")
    }

    @Test(arguments: [
        ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""), ("plain", "plain"),
        ("=1+1", "'=1+1"), ("@cmd", "'@cmd"), ("-2", "'-2"), ("+1", "'+1"), ("=a,b", "\"'=a,b\""),
    ])
    func textIsQuotedAndNoCellIsAFormula(scenario: String, cell: String) throws {
        #expect(CSVWriter.results([try Self.row(scenario: scenario)]).contains("m,\(cell),12.5"))
    }

    @Test func nullsAreWrittenInJSON() throws {
        let data = try JSONEncoder().encode(try Self.row())
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["tpot"] is NSNull)
        #expect(object["ttft"] as? Double == 50)
        #expect(try JSONDecoder().decode(ResultRow.self, from: data) == Self.row())
    }

    @Test func columnsCanBeFilledFromAnotherSet() throws {
        var row = try Self.row()
        row.metrics = ["other/1": ["fast": 7, "ttft": nil]]
        let changed = try #require(row.columns(from: "other/1", names: ["tps": "fast"]))
        #expect(changed.tps == 7)
        #expect(changed.ttft == nil)
        #expect(changed.formula_set == "other/1")
        #expect(row.columns(from: "nobody/1", names: [:]) == nil)
    }
}
