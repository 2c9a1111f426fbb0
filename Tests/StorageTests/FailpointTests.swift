import Testing

@testable import Storage

struct FailpointTests {
    @Test func anOrderSaysWhereWhenAndWhat() {
        let plan = Failpoint.Plan("commit.before=abort,commit.after@2=error,copy.written=sleep:250")

        #expect(
            plan.orders == [
                .init(point: .commitBefore, passing: nil, action: .abort),
                .init(point: .commitAfter, passing: 2, action: .error),
                .init(point: .copyWritten, passing: nil, action: .sleep(milliseconds: 250)),
            ])
        #expect((1...3).map { _ in plan.action(at: .commitAfter) } == [nil, .error, nil])
        #expect(plan.action(at: .commitBefore) == .abort)
        #expect(plan.action(at: .compactRenamed) == nil)
    }

    @Test(arguments: [
        "commit.before", "commit.elsewhere=abort", "commit.before@0=abort", "commit.before=sleep:x", "=abort",
    ])
    func whatIsNoOrderIsNotTaken(text: String) {
        #expect(Failpoint.Plan.Order(text[...]) == nil)
    }

    @Test func withoutTheVariableAPassingDoesNothing() throws {
        for point in Failpoint.allCases { try Failpoint.pass(point) }
    }
}
