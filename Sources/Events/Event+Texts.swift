import Foundation

extension Event {
    /// Whether both say the same: what tells a repeated append from another event under the same id.
    ///
    /// Texts are compared as texts, since every writing gives them a new salt. A text that was erased on one side agrees with
    /// any text on the other.
    public func sameContent(as other: Event) -> Bool {
        let own = texts
        let others = other.texts
        guard !own.isEmpty || !others.isEmpty else { return self == other }
        guard own.count == others.count,
            zip(own, others).allSatisfy({ $0.slot == $1.slot && $0.text.agrees(with: $1.text) })
        else { return false }
        return withoutTexts == other.withoutTexts
    }

    /// The event as it is stored, and its texts as they are stored apart from it.
    func detached(salt: () -> [UInt8]) throws(EventError) -> (event: Event, texts: [ErasableText]) {
        var stored = self
        var texts: [ErasableText] = []
        try stored.changeTexts { (slot, kept) throws(EventError) in
            guard kept.hasText else { return }
            // One less than the numbers there are, so that their count is such a number too.
            guard let slot = UInt16(exactly: slot), slot < .max else { throw .tooManyTexts(type.name) }
            let text = ErasableText(slot: slot, salt: salt(), text: Array(kept.text.utf8))
            texts.append(text)
            kept = KeptText()
            kept.commitment = Data(text.commitment)
        }
        return (stored, texts)
    }

    /// Puts the texts in the place of their commitments.
    mutating func join(_ stored: [ErasableText]) throws(EventError) {
        guard texts.allSatisfy({ !$0.text.hasText }) else {
            throw .malformedPayload(type.name, "a text stands in it that belongs beside it")
        }
        guard !stored.isEmpty else { return }
        let name = type.name
        let bySlot = Dictionary(stored.map { (Int($0.slot), $0) }, uniquingKeysWith: { first, _ in first })
        var joined = 0
        try changeTexts { (slot, kept) throws(EventError) in
            guard let text = bySlot[slot] else { return }
            guard text.commitment.elementsEqual(kept.commitment),
                let string = String(validating: text.text, as: UTF8.self)
            else { throw .alteredText(name, text.slot) }
            kept = KeptText(string)
            joined += 1
        }
        guard joined == stored.count else { throw .strayText(name) }
    }

    private var withoutTexts: Event {
        var event = self
        event.changeTexts { _, text in text = KeptText() }
        return event
    }

    /// The texts that it has or had. Most events have none, and then this costs nothing.
    private var texts: [(slot: Int, text: KeptText)] {
        switch self {
        case .inferenceSampled(let sample) where sample.hasKeptOutput: [(0, sample.keptOutput)]
        case .runRequested(let run): run.texts
        default: []
        }
    }

    private mutating func changeTexts<Failure>(
        _ change: (_ slot: Int, _ text: inout KeptText) throws(Failure) -> Void
    ) throws(Failure) {
        switch self {
        case .inferenceSampled(var sample) where sample.hasKeptOutput:
            try change(0, &sample.keptOutput)
            self = .inferenceSampled(sample)
        case .runRequested(var run):
            try run.changeTexts(change)
            self = .runRequested(run)
        default: break
        }
    }
}

extension RunRequested {
    fileprivate var texts: [(slot: Int, text: KeptText)] {
        var run = self
        var texts: [(slot: Int, text: KeptText)] = []
        run.changeTexts { slot, text in texts.append((slot, text)) }
        return texts
    }

    /// The slots of the prompts and system prompts come first, two for each scenario, as they did when there were no other
    /// texts; then those of all the others.
    fileprivate mutating func changeTexts<Failure>(
        _ change: (_ slot: Int, _ text: inout KeptText) throws(Failure) -> Void
    ) throws(Failure) {
        // A copy, because the message would copy its whole list at every access.
        var changed = scenarios
        var next = 2 * changed.count
        for index in changed.indices {
            if changed[index].hasKeptPrompt { try change(2 * index, &changed[index].keptPrompt) }
            if changed[index].hasKeptSystemPrompt { try change(2 * index + 1, &changed[index].keptSystemPrompt) }
        }
        for index in changed.indices { try changed[index].changeOtherTexts(&next, change) }
        scenarios = changed
    }
}

extension Scenario {
    fileprivate mutating func changeOtherTexts<Failure>(
        _ next: inout Int, _ change: (_ slot: Int, _ text: inout KeptText) throws(Failure) -> Void
    ) throws(Failure) {
        for list in [\Scenario.keptPrompts, \Scenario.keptTurns] {
            var texts = self[keyPath: list]
            for index in texts.indices {
                try change(next, &texts[index])
                next += 1
            }
            self[keyPath: list] = texts
        }
        if hasKeptMessages {
            try change(next, &keptMessages)
            next += 1
        }
        if hasKeptTools {
            try change(next, &keptTools)
            next += 1
        }
    }
}
