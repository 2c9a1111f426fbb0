import Testing

@testable import Resources

@Suite struct LineScannerTests {
    /// What the closure makes of each line.
    func each<Value>(_ text: String, _ body: (inout LineScanner) -> Value) -> [Value] {
        var values: [Value] = []
        LineScanner.lines(of: text) { line in
            values.append(body(&line))
            return true
        }
        return values
    }

    @Test func linesAreWalkedWithOrWithoutTheirLastBreak() {
        #expect(each("a 1\n\nb\t2") { $0.word() } == ["a", nil, "b"])
        #expect(each("a\n") { $0.word() } == ["a"])
        #expect(each("") { $0.word() }.isEmpty)
    }

    @Test func aWordIsANumberOnlyAsAWhole() {
        #expect(
            each("7 x\n7x\n-7\n18446744073709551615\n18446744073709551616\n") { $0.number() } == [
                7, nil, nil, .max, nil,
            ])
    }

    @Test func wordsArePassedOverToTheEndAndNotBeyond() {
        #expect(
            each("a b 3\na\n") { line -> UInt64? in
                line.skip(2)
                return line.number()
            } == [3, nil])
    }

    @Test func aTakenPrefixIsAllOrNothing() {
        #expect(each("MemTotal: 5 kB\n") { [$0.take("MemFree:"), $0.take("MemTotal:")] } == [[false, true]])
        #expect(each("Mem") { $0.take("MemTotal:") } == [false])
    }

    @Test func theLastMarkOfALineEndsAName() {
        #expect(each("a:b:1\n:c\nd\n") { $0.text(upToLast: ":") } == ["a:b", "", nil])
    }
}
