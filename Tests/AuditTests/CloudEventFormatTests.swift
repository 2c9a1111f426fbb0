import Audit
import EventStore
import Events
import Foundation
import TestSupport
import Testing

/// The lines of an export, held against the rules of CloudEvents 1.0.2.
struct CloudEventFormatTests {
    private static let required = ["id", "source", "specversion", "type"]
    /// Attributes of the specification and of the two extensions that are texts of a form of their own.
    private static let moments = ["time", "recordedtime"]

    /// JSON event format: every attribute but `data` is a text, a whole number of 32 bits or a truth value, and its name has
    /// lower case letters and digits of ASCII.
    private func checked(_ line: String) throws -> [String: Any] {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        for name in Self.required { #expect(object[name] is String, "\(name)") }
        for (name, value) in object where name != "data" {
            #expect(name.wholeMatch(of: /[a-z0-9]{1,20}/) != nil, "\(name)")
            if let text = value as? String {
                #expect(!text.isEmpty, "\(name)")
            } else {
                #expect((value as? Int).flatMap(Int32.init(exactly:)) != nil, "\(name)")
            }
        }
        #expect(object["specversion"] as? String == "1.0")
        for name in Self.moments {
            let text = try #require(object[name] as? String)
            #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z/) != nil, "\(name)")
        }
        for name in ["source", "dataschema"] {
            let text = try #require(object[name] as? String)
            #expect(URL(string: text)?.scheme == "urn", "\(text)")
        }
        #expect(object["datacontenttype"] as? String == "application/json")
        #expect(object["data"] is [String: Any])
        return object
    }

    @Test func everyTypeFollowsTheRules() throws {
        try withLog { log in
            let events = try StoredEvent.golden()
            try log.appendRecorded(events)
            let lines = try LogExport(.cloudevents).lines(log)
            #expect(lines.count == events.count)
            for (line, event) in zip(lines, events) {
                let object = try checked(line)
                #expect(object["type"] as? String == "flperf.events.v1.\(event.type.name)")
                #expect(object["schemaversion"] as? Int == Int(event.schemaVersion))
                // An old payload can't be made anew of today's message; today's can.
                #expect((object["payloadbase64"] == nil) == (event.schemaVersion == event.type.schemaVersion))
            }
        }
    }

    @Test func everyAttributeSaysWhatItShould() throws {
        try withLog { log in
            let event = try StoredEvent(
                .modelUnloaded(.with { ($0.modelID, $0.unloadTimeNs, $0.occurredUnixNs) = ("m", 77, 1_500_000_000) }),
                stream: try .model("m"))
            try log.appendRecorded([event])
            let object = try checked(try LogExport(.cloudevents).lines(log)[0])
            let stored = try Content.of(log)[0].bytes
            #expect(
                object as NSDictionary == [
                    "specversion": "1.0", "id": event.id.description, "source": "urn:uuid:\(log.source)",
                    "type": "flperf.events.v1.ModelUnloaded", "time": "1970-01-01T00:00:01.500000000Z",
                    "recordedtime": "2026-01-21T07:29:12.318000001Z", "sequence": "00000000000000000001",
                    "subject": "model-m", "dataschema": "urn:flperf:schema:flperf.events.v1.ModelUnloaded:1",
                    "datacontenttype": "application/json", "schemaversion": 1, "streamversion": "1",
                    "leafhash": try leafHash(stored),
                    "data": ["model_id": "m", "unload_time_ns": "77", "occurred_unix_ns": "1500000000"],
                ] as NSDictionary)
        }
    }

    /// RFC 6962's leaf, worked out by another program.
    private func leafHash(_ stored: [UInt8]) throws -> String {
        try withTemporaryFolder { folder in
            let path = folder + "/leaf"
            try Data([0] + stored).write(to: URL(fileURLWithPath: path))
            let process = try ChildProcess("/usr/bin/openssl", ["dgst", "-sha256", "-r", path])
            #expect(process.wait() == 0, "\(process.errors)")
            return String(process.output.prefix(64))
        }
    }

    @Test func textsStandInDataAndTheirSaltsBesideIt() throws {
        try withLog { log in
            let event = try StoredEvent(sample("Paris"))
            try log.appendRecorded([event])
            let object = try checked(try LogExport(.cloudevents).lines(log)[0])
            #expect(object["textcount"] as? Int == 1)
            #expect(object["textsalts"] as? String == Data(event.texts[0].salt).base64EncodedString())
            #expect(object["payloadbase64"] == nil)
            let data = try #require(object["data"] as? [String: Any])
            #expect(data["kept_output"] as? [String: String] == ["text": "Paris"])
        }
    }

    @Test func sequencesSortAsPositionsDo() throws {
        try withLog { log in
            try log.appendRecorded(try StoredEvent.notes(101))
            let sequences = try LogExport(.cloudevents).lines(log).map { try checked($0)["sequence"] as? String ?? "" }
            #expect(sequences == sequences.sorted())
            #expect(Set(sequences).count == 101)
        }
    }
}
