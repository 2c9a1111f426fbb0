import Events
import Foundation
import TestSupport
import Testing

@testable import EventStore

/// Prompts and outputs, which lie beside their events.
struct TextTests {
    private func sample(_ output: String?, id: EventID = .make()) -> NewEvent {
        var sample = InferenceSampled()
        sample.scenario = "Capital"
        sample.outputText = output
        return NewEvent(.inferenceSampled(sample), id: id)
    }

    @Test func textsAreReadBackWithTheirEvents() async throws {
        try await withLog { log in
            let events = [sample("Paris."), sample(nil), sample("Paris.")]
            _ = try await log.append(events, to: .run("1"))

            #expect(try log.read(from: 1, limit: 3).map(\.event) == events.map(\.event))
            #expect(try log.readStream(.run("1")).map(\.event) == events.map(\.event))
            let stored = try log.store.read { transaction in
                try (1...3).map { try LogTables.events.get($0, in: transaction) ?? [] }
            }
            for bytes in stored { #expect(Data(bytes).range(of: Data("Paris".utf8)) == nil) }
            #expect(stored[0].suffix(20) != stored[2].suffix(20), "the salts differ")
            #expect(try log.verify().problems == [])
        }
    }

    @Test func aRepeatedAppendIsRecognisedThoughItsSaltDiffers() async throws {
        try await withLog { log in
            let event = sample("Paris.")
            _ = try await log.append([event], to: .run("1"))

            #expect(try await log.append([event], to: .run("1")).wasAlreadyThere)
            await #expect(throws: LogError.self) {
                try await log.append([sample("Rome.", id: event.id)], to: .run("1"))
            }
            #expect(try log.lastPosition() == 1)
        }
    }

    @Test func anErasedTextIsGoneAndTheTreeStaysAsItWas() async throws {
        try await withLog { log in
            _ = try await log.append((0..<10).map { sample("secret \($0)") }, to: .run("1"))
            _ = try await log.append([sample("kept")], to: .run("2"))
            let root = try log.tree { try $0.root() }

            let erased = try await log.eraseTexts(of: [3, 4, 5], reason: "asked for by its author")

            #expect(erased == 3)
            #expect(try log.tree { try $0.root(size: 11) } == root)
            let outputs = try log.read(from: 1, limit: 11).map { event -> String? in
                guard case .inferenceSampled(let sample) = event.event else { return nil }
                return sample.outputText
            }
            #expect(outputs[2...4].allSatisfy { $0 == nil })
            #expect(outputs[5] == "secret 5" && outputs[10] == "kept")
            guard case .textsErased(let event)? = try log.event(at: 12)?.event else {
                Issue.record("the erasure is no event")
                return
            }
            #expect(event.positions == [3, 4, 5] && event.reason == "asked for by its author" && event.texts == 3)
            #expect(try log.verify().problems == [])
            #expect(try await log.eraseTexts(of: [3, 4], reason: "again") == 0)
            #expect(try log.lastPosition() == 12)
        }
    }

    @Test func aTextThatWasTakenOrChangedUnsaidIsFound() async throws {
        try await withLog { log in
            _ = try await log.append([sample("one"), sample("two")], to: .run("1"))
            try log.store.write { transaction in
                _ = try LogTables.texts.delete(TextKey(position: 1, slot: 0), in: transaction)
                var bytes = try LogTables.texts.get(TextKey(position: 2, slot: 0), in: transaction) ?? []
                bytes[bytes.count - 1] ^= 1
                try LogTables.texts.put(TextKey(position: 2, slot: 0), bytes, in: transaction)
            }

            let verification = try log.verify()

            #expect(verification.problems.map(\.position) == [2, 1])
            #expect(LogError.code { _ = try log.event(at: 2) } != nil)
        }
    }
}
