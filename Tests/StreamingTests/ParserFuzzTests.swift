import Testing

@testable import parser_fuzzer

/// The short form of `Tests/Scripts/fuzz-the-parsers.sh`.
@Test func theParsersKeepTheirPromisesForWhateverComes() async {
    for number in UInt64(0)..<2_000 {
        if number.isMultiple(of: 100) { await Task.yield() }
        let input = FuzzInput(seed: 1, number: number)

        #expect(input.broken == nil, "input \(number) of seed 1: \(input.bytes)")
    }
}
