import Audit
import EventStore
import Events
import Foundation
import TestSupport
import Testing

/// A line that is not what an export has there ends the import, says where and why, and leaves its batch out.
struct BadLineTests {
    /// What is done to the second line of three, and what the sentence must name.
    static let changes: [(change: @Sendable (String) -> String, reason: String)] = [
        ({ _ in "" }, "the JSON ends too early, where '{' is expected"),
        ({ _ in "position,recorded_at" }, "'{' is expected at byte 1"),
        ({ String($0.dropLast(5)) }, "the JSON ends too early"),
        ({ $0 + "}" }, "something stands behind the JSON object"),
        ({ $0.replacing(#""id":"#, with: #""id":1,"id":"#) }, "'id' stands in it twice"),
        ({ $0.replacing(#""id":""#, with: #""id":"x"#) }, "its 'id' is no UUID"),
        ({ $0.replacing("specversion", with: "spec") }, "it is no CloudEvent"),
        ({ $0.replacing(#""1.0""#, with: #""0.3""#) }, "its 'specversion' is '0.3'"),
        ({ $0.replacing("application/json", with: "text/plain") }, "its 'datacontenttype' is 'text/plain'"),
        ({ $0.replacing("urn:uuid:", with: "https://") }, "its 'source' is 'https://"),
        (
            { $0.replacing(/urn:uuid:[^"]+/, with: "urn:uuid:00000000-0000-4000-8000-000000000000") },
            "it comes from the log 00000000-0000-4000-8000-000000000000"
        ),
        (
            { $0.replacing("v1.LogRecorded", with: "v9.LogRecorded") },
            "knows no event type 'flperf.events.v9.LogRecorded'"
        ),
        ({ $0.replacing("LogRecorded:1", with: "LogRecorded:2") }, "its 'dataschema' is"),
        (
            { $0.replacing(#""schemaversion":1"#, with: #""schemaversion":"1""#) },
            "its 'schemaversion' is no whole number"
        ),
        (
            { $0.replacing(#""schemaversion":1"#, with: #""schemaversion":1.5"#) },
            "its 'schemaversion' is no whole number"
        ),
        (
            { $0.replacing(#""schemaversion":1"#, with: #""schemaversion":70000"#) },
            "its 'schemaversion' is no whole number"
        ),
        ({ $0.replacing(#""schemaversion":1"#, with: #""schemaversion":0"#) }, "payload of schema version 0"),
        ({ $0.replacing(#""time":"1970"#, with: #""time":"1971"#) }, "its 'time' is '1971-01-01T00:00:02.000000000Z'"),
        ({ $0.replacing(#"recordedtime":"1970-01-01"#, with: #"recordedtime":"1970-02-30"#) }, "no time of RFC 3339"),
        ({ $0.replacing(#""sequence":"0"#, with: #""sequence":"x"#) }, "no whole number from 1"),
        ({ $0.replacing("000002\"", with: "000001\"") }, "its 'leafhash' is"),
        ({ $0.replacing(#""subject":"system""#, with: #""subject":"the system""#) }, "its 'subject' is no stream"),
        ({ $0.replacing(#""subject":"system""#, with: #""subject":"other""#) }, "its 'leafhash' is"),
        ({ $0.replacing(#""streamversion":"2""#, with: #""streamversion":"3""#) }, "its 'leafhash' is"),
        ({ $0.replacing(#""message":"2""#, with: #""message":"3""#) }, "its 'leafhash' is"),
        ({ $0.replacing(#""message""#, with: #""massage""#) }, "its 'data' can't be read"),
        ({ $0.replacing(#""message":"2""#, with: #""message":"\q""#) }, "its 'data' can't be read"),
        ({ $0.replacing(#""subject":"system""#, with: #""subject":"\q""#) }, "badly escaped"),
        ({ $0.replacing(/"data":.*/, with: #""data":null}"#) }, "it has no 'data' that is a JSON object"),
        ({ $0.replacing(/"leafhash":"[0-9a-f]+"/, with: #""leafhash":"00""#) }, "its 'leafhash' is '00'"),
        ({ $0.replacing(/"leafhash":"[0-9a-f]+",/, with: "") }, "it has no 'leafhash'"),
        ({ $0.replacing(#""data":"#, with: #""payloadbase64":"?","data":"#) }, "its 'payloadbase64' is no base64"),
        (
            { $0.replacing(#""data":"#, with: #""payloadbase64":"","data":"#) },
            "says something else than its 'payloadbase64'"
        ),
        ({ $0.replacing(#""data":"#, with: #""textsalts":"AAAA","data":"#) }, "it has 'textsalts' and no 'textcount'"),
    ]

    @Test func isNamedAndNothingOfItsBatchIsWritten() throws {
        try withLog { log in
            try log.appendRecorded(try StoredEvent.notes(3))
            let lines = try LogExport(.cloudevents).lines(log)
            try withTemporaryFolder { folder in
                // No import gets as far as writing, so all of them can be tried on the same log.
                let copy = try EventLog(folder: folder + "/log", source: log.source)
                defer { copy.close() }
                for (number, (change, reason)) in Self.changes.enumerated() {
                    let changed = change(lines[1])
                    #expect(changed != lines[1], "change \(number) changes nothing")
                    let path = try file([lines[0], changed, lines[2]], in: folder)
                    let error = #expect(throws: AuditError.self) { try LogImport(path: path).run(into: copy) }
                    guard case .badLine(path, line: 2, let found) = error else {
                        Issue.record("change \(number): \(String(describing: error))")
                        continue
                    }
                    #expect(found.contains(reason), "change \(number)")
                    #expect(error?.description.hasPrefix("Could not import \(path), line 2: ") == true)
                }
                let last = try copy.lastPosition()
                #expect(last == 0)
            }
        }
    }

    @Test func aLineThatComesTwice() throws {
        try withLog { log in
            try log.appendRecorded(try StoredEvent.notes(2))
            let lines = try LogExport(.cloudevents).lines(log)
            let error = #expect(throws: AuditError.self) { try importing([lines[0], lines[0], lines[1]]) { _, _ in } }
            #expect(error?.description.contains("line 2: it is event 1, and event 2 is expected") == true)
        }
    }

    @Test func aSaltThatIsNotTheTexts() throws {
        try withLog { log in
            try log.appendRecorded([try StoredEvent(sample("Paris"))])
            let line = try LogExport(.cloudevents).lines(log)[0]
            let other = Data(repeating: 1, count: 16).base64EncodedString()
            let changes: [(String, String)] = [
                (line.replacing(/"textsalts":"[^"]+"/, with: #""textsalts":"\#(other)""#), "its 'leafhash' is"),
                (line.replacing(/"textsalts":"[^"]+",/, with: ""), "its 'textsalts' has 0 bytes"),
                (line.replacing(#""textcount":1"#, with: #""textcount":2"#), "its 'leafhash' is"),
                (line.replacing("Paris", with: "Rome"), "its 'leafhash' is"),
            ]
            for (changed, reason) in changes {
                #expect(changed != line)
                let error = #expect(throws: AuditError.self) { try importing([changed]) { _, _ in } }
                #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
            }
        }
    }

    @Test func dataThatSaysSomethingElseThanThePayloadBesideIt() throws {
        var event = try StoredEvent(.logRecorded(.with { $0.message = "true" }))
        event.payload += [0xBA, 0x3E, 0x00]
        try withLog { log in
            try log.appendRecorded([event])
            let line = try LogExport(.cloudevents).lines(log)[0].replacing(
                #"message":"true"#, with: #"message":"false"#)
            let error = #expect(throws: AuditError.self) { try importing([line]) { _, _ in } }
            #expect(error?.description.contains("says something else than its 'payloadbase64'") == true)
        }
    }
}
