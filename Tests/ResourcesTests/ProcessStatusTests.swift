import Foundation
import Testing

@testable import Resources

@Suite struct ProcessStatusTests {
    static func line(_ id: Int32, parent: Int32, name: String = "server") -> String {
        "\(id) (\(name)) S \(parent) \(id) \(id) 0 -1 4194560 34244 0 0 0 1390 83 0 0 20 0 24 0 4711 44646400 3443 "
            + "18446744073709551615 1 1 0 0 0 0 0 4096 1256 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
    }

    @Test(arguments: ["server", "my server", "odd) name (", "a) S 1 2 3", "two\nlines"])
    func fieldsAreFoundBehindAnyName(_ name: String) throws {
        let status = try #require(ProcessStatus(parsing: Self.line(12, parent: 7, name: name)))

        #expect(status.id == 12)
        #expect(status.parent == 7)
        #expect(status.ticks == 1473)
        #expect(status.started == 4711)
        #expect(status.residentPages == 3443)
        #expect(status.threads == 24)
    }

    @Test(arguments: ["", "12 server S 1", "12 (server) S 1 2 3", "x (server) S 1"])
    func otherTextIsRefused(_ text: String) {
        #expect(ProcessStatus(parsing: text) == nil)
    }

    @Test func aTreeIsTheRootAndAllBelowIt() {
        let all = [(1, 0), (2, 1), (3, 2), (4, 3), (5, 1), (6, 6)].compactMap {
            ProcessStatus(parsing: Self.line($0.0, parent: $0.1))
        }

        #expect(ProcessStatus.tree(of: 2, among: all).map(\.id) == [2, 3, 4])
        #expect(ProcessStatus.tree(of: 6, among: all).map(\.id) == [6])
        #expect(ProcessStatus.tree(of: 99, among: all).isEmpty)
    }

    @Test func aNewMemberCountsWholeAndAnOldOneByItsDifference() throws {
        var parent = try #require(ProcessStatus(parsing: Self.line(2, parent: 1)))
        let before = [parent]
        parent.ticks += 10
        let child = try #require(ProcessStatus(parsing: Self.line(3, parent: 2)))

        #expect(ResourceSampler.ticks(spentBy: [parent, child], since: before) == 10 + 1473)
    }

    @Test func aReusedProcessIdIsAnotherProcess() throws {
        let old = try #require(ProcessStatus(parsing: Self.line(2, parent: 1)))
        var new = old
        new.started += 1

        #expect(ResourceSampler.ticks(spentBy: [new], since: [old]) == 1473)
    }
}
