import ProjectionKit
import Testing

struct ParallelTests {
    private struct Stop: Error, Equatable { var place: Int }

    @Test(arguments: [0, 1, 15, 16, 17, 1_000])
    func resultsComeInTheOrderOfThePlaces(count: Int) throws {
        let squares = try Parallel.map(count) { next, put in
            while let place = next() { put(place, place * place) }
        }

        #expect(squares == (0..<count).map { $0 * $0 })
    }

    @Test func whatAWorkerThrowsEndsTheWork() {
        #expect(throws: Stop(place: 40)) {
            try Parallel.map(10_000) { next, put in
                while let place = next() {
                    if place == 40 { throw Stop(place: place) }
                    put(place, place)
                }
            }
        }
    }
}
