import Foundation
import TestSupport
import Testing

@testable import Events

struct ErasableTextTests {
    private static let run = Event.runRequested(
        .with {
            $0.runID = "r1"
            $0.scenarios = [
                .with { $0.name = "no text" },
                .with { ($0.name, $0.promptText) = ("prompt", "Name a river.") },
                .with { ($0.name, $0.promptText, $0.systemPromptText) = ("both", "Nenne einen Fluß.", "Sei kurz.") },
            ]
        })
    private static let sample = Event.inferenceSampled(.with { ($0.runID, $0.outputText) = ("r1", "The Loire.") })
    private static let emptyOutput = Event.inferenceSampled(.with { ($0.runID, $0.outputText) = ("r1", "") })

    /// SHA-256 of 0x02, the bytes 0 to 15 and "abc", computed with Python's hashlib.
    @Test func theCommitmentIsTheDocumentedHash() {
        let text = ErasableText(slot: 0, salt: Array(0..<16), text: Array("abc".utf8))
        let hex = text.commitment.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hex == "f86d1594fd9cfaa7557f1cc51cf038114a5ab86bcb7f6f9e051d71dffaf3bce0")
    }

    @Test func textsAreNumberedByTheirPlace() throws {
        let (_, texts) = try Self.run.encoded()

        #expect(texts.map(\.slot) == [2, 4, 5])
        #expect(
            texts.map { String(decoding: $0.text, as: UTF8.self) } == [
                "Name a river.", "Nenne einen Fluß.", "Sei kurz.",
            ])
    }

    @Test(arguments: [run, sample])
    func noTextStandsInTheStoredPayload(event: Event) throws {
        let (payload, texts) = try event.encoded()

        for text in texts {
            #expect(Data(payload).range(of: Data(text.text)) == nil)
            #expect(Data(payload).range(of: Data(text.salt)) == nil)
            #expect(Data(payload).range(of: Data(text.commitment)) != nil)
        }
    }

    @Test(arguments: [run, sample, emptyOutput])
    func joinedTextsGiveTheEventAgain(event: Event) throws {
        let (payload, texts) = try event.encoded()
        #expect(try read(event.type, payload, texts) == event)
        #expect(try read(event.type, payload, texts.reversed()) == event)
    }

    @Test func everyEncodingHasNewSaltsAndTheSameContent() throws {
        let first = try Self.run.encoded()
        let second = try Self.run.encoded()

        #expect(Set((first.texts + second.texts).map(\.salt)).count == 6)
        #expect((first.texts + second.texts).allSatisfy { $0.salt.count == 16 })
        #expect(first.payload != second.payload)
        #expect(first.payload.count == second.payload.count)
        #expect(
            try read(.runRequested, first.payload, first.texts).sameContent(
                as: read(.runRequested, second.payload, second.texts)))
    }

    @Test func aMissingTextReadsAsErased() throws {
        let (payload, texts) = try Self.run.encoded()

        guard case .runRequested(let run) = try read(.runRequested, payload, [texts[1]]) else { return }

        #expect(run.scenarios.map(\.promptText) == [nil, nil, "Nenne einen Fluß."])
        #expect(run.scenarios.map(\.keptPrompt.isErased) == [false, true, false])
        #expect(run.scenarios.map(\.keptSystemPrompt.isErased) == [false, false, true])
    }

    @Test func anErasedTextKeepsItsCommitmentWhenItIsWrittenAgain() throws {
        let (payload, _) = try Self.run.encoded()
        let again = try read(.runRequested, payload, []).encoded()
        #expect(again.payload == payload)
        #expect(again.texts.isEmpty)
    }

    @Test func anotherTextOrSaltIsRefused() throws {
        let (payload, texts) = try Self.sample.encoded()
        for change in [\ErasableText.text, \.salt] {
            var altered = texts
            altered[0][keyPath: change][0] ^= 1
            #expect(throws: EventError.alteredText("InferenceSampled", 0)) {
                try read(.inferenceSampled, payload, altered)
            }
        }
    }

    @Test func aTextWithoutAPlaceIsRefused() throws {
        let (payload, texts) = try Self.sample.encoded()
        var stray = texts[0]
        stray.slot = 7
        #expect(throws: EventError.strayText("InferenceSampled")) {
            try read(.inferenceSampled, payload, texts + [stray])
        }
    }

    @Test func aTextInsideAStoredPayloadIsRefused() throws {
        let payload: [UInt8] = try Self.sample.message.serializedBytes()
        #expect(throws: EventError.self) { try read(.inferenceSampled, payload, []) }
    }

    @Test func anEmptyPromptIsNoText() throws {
        let event = Event.runRequested(.with { $0.scenarios = [.with { $0.promptText = "" }] })
        #expect(try event.encoded().texts.isEmpty)
    }

    @Test func moreScenariosThanThereAreNumbersForTextsAreRefused() throws {
        let scenario = Scenario.with { ($0.promptText, $0.systemPromptText) = ("p", "s") }
        let most = RunRequested.with { $0.scenarios = .init(repeating: scenario, count: 32_767) }
        let tooMany = RunRequested.with { $0.scenarios = .init(repeating: scenario, count: 32_768) }

        #expect(try Event.runRequested(most).encoded { EventExamples.salt }.texts.last?.slot == 65_533)
        #expect(throws: EventError.tooManyTexts("RunRequested")) {
            try Event.runRequested(tooMany).encoded { EventExamples.salt }
        }
    }

    @Test func contentDiffersWhereTheTextOrAnythingElseDiffers() throws {
        let other = Event.inferenceSampled(.with { ($0.runID, $0.outputText) = ("r1", "The Rhine.") })
        let elsewhere = Event.inferenceSampled(.with { ($0.runID, $0.outputText) = ("r2", "The Loire.") })
        let without = Event.inferenceSampled(.with { $0.runID = "r1" })

        let neither = Event.inferenceSampled(.with { ($0.runID, $0.keptOutput) = ("r1", KeptText()) })

        for different in [other, elsewhere, without, neither, Self.emptyOutput, Self.run] {
            #expect(!Self.sample.sameContent(as: different))
            #expect(!different.sameContent(as: Self.sample))
        }
        #expect(without.sameContent(as: without))
    }

    @Test func anErasedTextAgreesWithAnyTextButNotWithNone() throws {
        let erased = try read(.inferenceSampled, Self.sample.encoded().payload, [])
        let erasedOnceMore = try read(.inferenceSampled, Self.sample.encoded().payload, [])
        let without = Event.inferenceSampled(.with { $0.runID = "r1" })

        #expect(erased.sameContent(as: Self.sample))
        #expect(Self.sample.sameContent(as: erased))
        #expect(erased.sameContent(as: erased))
        #expect(!erased.sameContent(as: erasedOnceMore))
        #expect(!erased.sameContent(as: without))
    }

    private func read(_ type: EventType, _ payload: [UInt8], _ texts: [ErasableText]) throws -> Event {
        try payload.withUnsafeBytes {
            try Event(type: type, schemaVersion: type.schemaVersion, payload: $0, texts: texts)
        }
    }
}
