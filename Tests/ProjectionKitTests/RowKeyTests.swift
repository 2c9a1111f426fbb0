import ProjectionKit
import Testing

struct RowKeyTests {
    @Test func aShortNameStandsInAKeyAsItIs() {
        let name = String(repeating: "n", count: 100)
        #expect(RowKey(name).bytes == Array(name.utf8) + [0, 0])
    }

    @Test(arguments: ["n", "é", "\0"])
    func namesOfAnyLengthFitAndStayApart(letter: String) {
        let long = String(repeating: letter, count: 1_000)
        let names = [long, long + "a", String(repeating: letter, count: 90)]

        #expect(Set(names.map { RowKey($0).bytes }).count == 3)
        #expect(RowKey(names[0], names[1], names[2], UInt64(1)).bytes.count <= 511)
    }

    @Test func rowsOfALongNameAreFoundByIt() {
        let name = String(repeating: "n", count: 1_000)
        #expect(RowKey(name, "model").bytes.starts(with: RowKey(name).bytes))
    }
}
