import Formulas
import Testing

/// Memory that is used again from group to group must not be seen in any of them.
struct EvaluatorTests {
    private func group(_ count: Int, seed: Int) -> SampleTable {
        var samples = SampleTable(count: count)
        let numbers = (0..<count).map { Double(($0 * 7_919 + seed) % 1_009) }
        samples["started"] = numbers.map { $0 * 3 }
        samples["ended"] = numbers.enumerated().map { $1 * 3 + ($0 % 5 == 0 ? .nan : $1) }
        samples["failed"] = numbers.map { Int($0) % 7 == 0 ? 1 : 0 }
        samples["warmup"] = numbers.map { Int($0) % 11 == 0 ? 1 : 0 }
        samples["streamed"] = numbers.map { Int($0) % 2 == 0 ? 1 : .nan }
        samples["first_content"] = numbers.map { Int($0) % 3 == 0 ? .nan : $0 * 3 + 5 }
        samples[array: "gaps"] = RaggedColumn((0..<count).map { row in (0..<row % 9).map { Double($0 + seed) } })
        return samples
    }

    @Test(arguments: FormulaSet.builtIn.map(\.name))
    func aGroupGivesTheSameWhateverCameBefore(name: String) throws {
        let set = try #require(FormulaSet.named(name))
        let evaluator = FormulaEvaluator(set)
        let groups = [300, 3, 0, 1_200, 25, 300].enumerated().map { group($1, seed: $0) }

        for _ in 0..<2 {
            for samples in groups {
                let found = evaluator.evaluate(
                    samples: samples, resources: ResourceTable(count: 0), constants: ["concurrency": 2])
                let fresh = set.evaluate(
                    samples: samples, resources: ResourceTable(count: 0), constants: ["concurrency": 2])
                #expect(found == fresh)
                #expect(found.values.contains { $0 != nil })
            }
        }
    }

    @Test func aFailureThatCountsAsInfiniteIsNotRememberedForTheNextGroup() throws {
        let set = FormulaSet.standard
        let evaluator = FormulaEvaluator(set)
        let samples = group(300, seed: 1)
        let before = evaluator.evaluate(samples: samples, resources: ResourceTable(count: 0))

        let infinite = evaluator.evaluate(
            samples: samples, resources: ResourceTable(count: 0), failures: .infinite)

        #expect(infinite != before)
        #expect(evaluator.evaluate(samples: samples, resources: ResourceTable(count: 0)) == before)
    }
}
