import Testing

@testable import Charts

struct ScaleTests {
    @Test(arguments: [0.003, 0.9, 1, 7, 99.9, 100, 101, 12_345, 1e9])
    func itBeginsAtZeroAndCoversTheData(largest: Double) {
        let scale = Scale.fromZero(to: largest, 0, 100)

        #expect(scale.low == 0)
        #expect(scale.high >= largest)
        #expect(scale.high < largest * 2.6)
        #expect(scale.ticks.count >= 2 && scale.ticks.count <= 8)
        #expect(scale.place(0) == 0)
        #expect(abs(scale.place(scale.high) - 100) < 1e-9)
    }

    @Test(arguments: [[0.0], [], [.nan], [-1]])
    func withoutDataThereIsStillAnAxis(values: [Double]) {
        let scale = Scale.suited(to: values, 10, 20)

        #expect(scale.high > scale.low)
        #expect(scale.place(scale.low).isFinite && scale.place(scale.high).isFinite)
    }

    @Test(arguments: [[1.0, 30], [0.02, 900], [5, 5000, 17], [10, 201]])
    func aLogarithmicScaleCoversTheDataWithRoundTicks(values: [Double]) {
        let scale = Scale.suited(to: values, 0, 300)

        #expect(scale.isLogarithmic)
        #expect(scale.low <= values.min()! && scale.high >= values.max()!)
        #expect(scale.ticks.count >= 2)
        #expect(scale.ticks.allSatisfy { $0 >= scale.low * 0.999 && $0 <= scale.high * 1.001 })
    }

    @Test func valuesNearEachOtherGetNoLogarithm() {
        #expect(!Scale.suited(to: [10, 190], 0, 1).isLogarithmic)
    }

    @Test func labelsNeverTouch() {
        let wanted = [50.0, 51, 52, 200, 201, 10, 10]

        let places = Lettering.spread(wanted, gap: 14, within: 0...300)

        let sorted = places.sorted()
        #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $1 - $0 >= 14 - 1e-9 })
        #expect(places[0] <= places[1] && places[1] <= places[2])
        #expect(abs(places[3] - 200) < 14)
    }

    @Test func longNamesAreCutOff() {
        let name = String(repeating: "model-", count: 30)

        let fitted = Lettering.fitted(name, 100)

        #expect(fitted.hasSuffix("…"))
        #expect(Lettering.width(fitted) <= 100)
        #expect(Lettering.fitted("short", 100) == "short")
    }
}
