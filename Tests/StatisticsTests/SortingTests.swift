import Testing

import Statistics

struct SortingTests {
    private func sorted(_ values: [Double]) -> [Double] {
        [Double](unsafeUninitializedCapacity: values.count) { result, count in
            values.withUnsafeBufferPointer { Sorting.ascending($0, into: result) }
            count = values.count
        }
    }

    private static let even = (0..<5_000).map { Double(($0 * 7_919) % 5_003) / 3 }

    @Test(
        arguments: [
            [], [1], [2, 1], Array(repeating: 5, count: 100), Array(even.prefix(24)), Array(even.prefix(25)), even,
            // One far out, an infinite one, all but equal, over the whole range, and steps of a power of ten.
            even + [1e300], even + [.infinity], even + [-.infinity, .infinity], even.map { 1 + $0 * 1e-16 },
            even.map { $0 * 64 * .leastNonzeroMagnitude },
            [.greatestFiniteMagnitude, -.greatestFiniteMagnitude] + even,
            (0..<600).map { ($0 % 2 == 0 ? 1 : -1) * (1...($0 % 200 + 1)).reduce(1.0) { product, _ in product * 10 } },
        ] as [[Double]])
    func valuesComeOutInOrder(values: [Double]) {
        #expect(sorted(values) == values.sorted())
    }
}
