import Audit
import EventStore
import Events
import Foundation
import TestSupport
import Testing

/// A log, exported as CloudEvents and imported again, has the same stored bytes, and so the same tree.
struct RoundTripTests {
    private func expectSameLog(after events: [StoredEvent]) throws {
        try withLog { log in
            try log.appendRecorded(events)
            let content = try Content.of(log)
            try importing(try LogExport(.cloudevents).lines(log)) { copy, summary in
                #expect(copy.source == log.source)
                #expect(summary.added == UInt64(events.count))
                let copied = try Content.of(copy)
                #expect(copied == content)
            }
        }
    }

    @Test func everyTypeInEverySchemaVersion() throws {
        let events = try StoredEvent.golden()
        #expect(Set(events.map(\.type)) == Set(Event.types))
        try expectSameLog(after: events)
    }

    @Test func textsThatAreKeptApart() throws {
        let run = Event.runRequested(
            .with {
                $0.runID = "r1"
                $0.scenarios = ["a", "b"].map { name in
                    .with {
                        $0.name = name
                        $0.promptText = "Say \(name) \"twice\"\n\u{1F600}"
                        $0.systemPromptText = "Be brief"
                    }
                }
            })
        let events = [try StoredEvent(run), try StoredEvent(sample("Paris"), position: 2, version: 2)]
        #expect(events.map(\.textCount) == [4, 1])
        try expectSameLog(after: events)
    }

    @Test func textsOfWhichSomeWereErased() throws {
        var run = try StoredEvent(
            .runRequested(
                .with {
                    $0.scenarios = ["a", "b", "c"].map { name in .with { $0.promptText = name } }
                }))
        run.texts.remove(at: 1)
        var answer = try StoredEvent(sample("Paris"), position: 2, version: 2)
        answer.texts = []
        try expectSameLog(after: [run, answer])
    }

    @Test func aFieldThatThisBuildDoesNotKnow() throws {
        var event = try StoredEvent(sample("Paris"))
        event.payload += [0xBA, 0x3E, 0x02, 0x68, 0x69]  // field 999: "hi"
        try withLog { log in
            try log.appendRecorded([event])
            let lines = try LogExport(.cloudevents).lines(log)
            #expect(lines[0].contains(#""payloadbase64":""#))
            let content = try Content.of(log)
            try importing(lines) { copy, _ in
                let copied = try Content.of(copy)
                #expect(copied == content)
            }
        }
    }

    @Test func fieldsInAnotherOrderAndNumbersThatJSONDoesNotTell() throws {
        // percent: a NaN with a payload, then the model's id, which comes before it.
        let payload: [UInt8] = [0x11, 1, 2, 3, 4, 5, 6, 0xF8, 0x7F, 0x0A, 1, 0x6D]
        var event = try StoredEvent(.modelDownloadProgressed(.with { $0.modelID = "m" }))
        event.payload = payload
        try expectSameLog(after: [event])
    }

    @Test func streamsThatTakeTurnsAndNamesThatNeedEscapes() throws {
        let streams = [StreamID.system, try StreamID(#"run-"a\b"#), .system, try StreamID(#"run-"a\b"#)]
        let events = try streams.enumerated().map { index, stream in
            try StoredEvent(
                .logRecorded(.with { $0.message = "\"\\\u{0}\u{2028}é" }), position: Position(index + 1),
                stream: stream,
                version: UInt64(index / 2 + 1), recordedAt: Int64(index) - 2)
        }
        try expectSameLog(after: events)
    }

    @Test func moreThanOneBatch() throws {
        try expectSameLog(after: try StoredEvent.notes(4_200))
    }

    @Test func withoutTextsTheLogIsTheSameAndTheTextsAreErased() throws {
        try withLog { log in
            try log.appendRecorded([try StoredEvent(sample("Paris"))])
            var export = LogExport(.cloudevents)
            export.withTexts = false
            let lines = try export.lines(log)
            #expect(!lines[0].contains("Paris"))
            #expect(!lines[0].contains("textsalts"))
            let bytes = try Content.of(log)[0].bytes
            try importing(lines) { copy, _ in
                let copied = try Content.of(copy)
                #expect(copied == [Content(bytes: bytes, texts: [])])
            }
        }
    }

    @Test(arguments: LogFormat.allCases)
    func aTextInsideOfAnOldPayloadIsNotLeftOutSilently(format: LogFormat) throws {
        let old = try #require(try StoredEvent.golden().first { $0.type == .inferenceSampled && $0.schemaVersion == 1 })
        try withLog { log in
            var event = old
            event.position = 1
            try log.appendRecorded([event])
            var export = LogExport(format)
            export.withTexts = false
            #expect(throws: AuditError.textInside(1, type: "InferenceSampled")) { try export.lines(log) }
        }
    }
}
