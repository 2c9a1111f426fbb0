import Testing

@testable import Benchmarking

struct SyntheticPromptTests {
    /// Made by another program (Python) from the same list of words.
    @Test(arguments: [
        (1, 0, "think"), (8, 1, "past shape wind lock lock sign then next"),
        (
            32, 7,
            "just after touch pick low fall market guard circle law call week try team tail over there guard pot short "
                + "repeat camera help please continue this list of words and never stop"
        ),
    ])
    func theSameSeedGivesTheSameTextEverywhere(tokens: Int, seed: UInt64, text: String) {
        #expect(SyntheticPrompt.text(tokens: tokens, seed: seed) == text)
    }

    @Test(arguments: [1, 2, 31, 32, 33, 512, 5_000])
    func aTextHasAsManyWordsAsTokensAreAskedFor(tokens: Int) {
        #expect(SyntheticPrompt.text(tokens: tokens, seed: 3).split(separator: " ").count == tokens)
    }

    @Test func theListHasAsManyDifferentWordsAsNineBitsChooseFrom() {
        #expect(Set(SyntheticPrompt.words).count == 512)
        #expect(SyntheticPrompt.words.allSatisfy { $0.utf8.allSatisfy { (0x61...0x7A).contains($0) } })
    }

    @Test func lengthsSpreadAsAskedFor() {
        let lengths = SyntheticPrompts(prompt: .init(512, deviation: 64), output: .init(10, deviation: 30))
        let requests = (0..<2_000).map { lengths.request($0, seed: 1) }

        let mean = Double(requests.reduce(0) { $0 + $1.tokens }) / 2_000
        let variance = requests.reduce(0) { $0 + (Double($1.tokens) - mean) * (Double($1.tokens) - mean) } / 2_000
        #expect(abs(mean - 512) < 5)
        #expect(abs(variance.squareRoot() - 64) < 5)
        #expect(requests.allSatisfy { $0.text.split(separator: " ").count == $0.tokens })
        #expect(requests.compactMap(\.maxTokens).min() == 1)
        #expect(Set(requests.map(\.text)).count == 2_000)
        #expect(lengths.request(7, seed: 1).text == requests[7].text)
        #expect(lengths.request(7, seed: 2).text != requests[7].text)
    }

    @Test func aShorterPromptIsNotTheBeginningOfALongerOne() {
        let texts = [64, 128].map { SyntheticPrompts(prompt: .init($0)).request(0, seed: 1).text }
        #expect(!texts[1].hasPrefix(texts[0].prefix(100)))
    }
}
