import Foundation
import Testing

@testable import Charts

/// Every chart with nothing, with one point and with ten thousand, and the promises that are common to all.
struct ChartTests {
    private static let evil = "<img src=x onerror=alert(1)>\"'&"

    private static func sorted(_ count: Int) -> [Double] {
        (0..<count).map { (index: Int) -> Double in 50 + Double(index % 977) + Double(index) / 100 }.sorted()
    }

    private static func cloud(_ count: Int) -> [(x: Double, y: Double)] {
        (0..<count).map { index in
            let y = Double(index * 7 % 1009) / 10
            return (x: Double(20 + index % 613), y: 5 + y)
        }
    }

    private static func levels(_ count: Int) -> [(throughput: Double, latency: Double, level: String)] {
        (0..<count).map { (index: Int) in
            (throughput: Double(index * 50), latency: Double(100 + index * 80), level: String(index))
        }
    }

    private static func course(_ count: Int) -> [HistoryChart.Point] {
        (0..<count).map { index in .init(Double(100 + index % 7), isChange: index == 5, label: "run \(index)") }
    }

    private static func arrivals(_ count: Int) -> [Double] { (0..<count).map { index in Double(40 + index * 3) } }

    private static func readings(_ count: Int, _ value: Double?) -> [(at: Double, value: Double?)] {
        (0..<count).map { index in (at: Double(index) / 4, value: index % 50 == 7 ? nil : value) }
    }

    /// Each kind of chart over so many values of each of some series.
    private static func charts(_ count: Int, series: [Series] = [Series("phi-4", slot: 0), Series("qwen", slot: 9)])
        -> [any Chart]
    {
        let bars = series.map { BarChart.Bar($0, 12.5, 11...14, note: "n = 5") } + [BarChart.Bar(series[0], nil)]
        let end = Double(40 + count * 3)
        var charts: [any Chart] = []
        charts.append(
            BarChart(
                title: "Bars", question: "?", axis: "tokens per second", groups: count == 0 ? [] : [.init("", bars)]))
        charts.append(
            PercentileChart(
                title: "Percentiles", question: "?", what: "latency",
                curves: series.map { .init($0, sorted: sorted(count)) }))
        charts.append(
            ScatterChart(
                title: "Cloud", question: "?", x: "TTFT, ms", y: "TPOT, ms",
                clouds: series.map { .init($0, cloud(count)) }))
        charts.append(
            LoadCurveChart(
                title: "Load", question: "?", latency: "P95", levels: "in flight",
                curves: series.map { .init($0, levels(min(count, 6))) }, limit: 300))
        charts.append(
            RadarChart(
                title: "Profile", question: "?", axes: ["a", "b", "c"],
                profiles: count == 0 ? [] : series.map { .init($0, [50, nil, 100]) }))
        charts.append(
            HistoryChart(
                title: "History", question: "?", what: "ms", courses: series.map { .init($0, course(count)) }))
        charts.append(
            TimelineChart(
                title: "Timeline", question: "?",
                requests: count == 0 ? [] : series.map { .init($0.name, $0, arrivals: arrivals(count), end: end) }))
        charts.append(
            ResourceChart(
                title: "Resources", question: "?",
                lines: [
                    .init("CPU", unit: "%", most: 100, readings: readings(count, 40)),
                    .init("GPU", unit: "%", readings: readings(count, nil)),
                ], phases: count == 0 ? [] : [.init(series[0], from: 0, to: 1)]))
        return charts
    }

    @Test(arguments: [0, 1, 2, 10_000])
    func everyChartIsWellFormedAndDrawsNoNonsense(count: Int) throws {
        for chart in Self.charts(count) {
            for text in [chart.svg.text, chart.file.text] {
                #expect(try Self.elements(of: text) > 0, "\(chart.title) of \(count)")
                for word in ["nan", "inf", "NaN"] {
                    #expect(!text.contains("\"\(word)") && !text.contains(" \(word)"), "\(chart.title)")
                }
            }
            #expect(chart.size.height > 0 && chart.size.height < 2_000)
        }
    }

    @Test func eightChartsOfTenThousandRequestsAreSmall() {
        let sizes = Self.charts(10_000).map { $0.svg.text.utf8.count }

        #expect(sizes.reduce(0, +) < 90 * 1024, "\(sizes)")
        #expect(sizes.allSatisfy { $0 < 24 * 1024 }, "\(sizes)")
    }

    @Test func namesAreShownAsText() throws {
        for chart in Self.charts(3, series: [Series(Self.evil, slot: 0), Series("b", slot: 1)]) {
            #expect(!chart.svg.text.contains("<img"), "\(chart.title)")
            #expect(try Self.elements(of: chart.file.text) > 0, "\(chart.title)")
        }
    }

    @Test func aDrawingThatStandsAloneHasItsStyle() {
        let chart = Self.charts(10)[0]

        #expect(chart.file.text.contains("xmlns=\"http://www.w3.org/2000/svg\""))
        #expect(chart.file.text.contains("prefers-color-scheme:dark"))
        #expect(!chart.svg.text.contains("<style"))
    }

    @Test func barsBeginAtZeroAndAMissingFigureIsADash() {
        let series = Series("a", slot: 0)
        let chart = BarChart(
            title: "", question: "", axis: "tok/s",
            groups: [.init("", [.init(series, 90, 80...100), .init(series, 45), .init(series, nil)])])

        let widths = chart.svg.text.matches(of: #/<rect[^>]* width="([0-9.]+)"/#).compactMap { Double($0.1) }

        #expect(widths.count == 2)
        #expect(abs(widths[0] / widths[1] - 2) < 0.01)
        #expect(chart.svg.text.contains(">—<"))
        #expect(chart.summary.contains("—"))
    }

    @Test(arguments: [
        (1, false, false, false), (2, true, false, false), (20, true, true, false), (100, true, true, true),
    ])
    func aPercentileThatTooFewRequestsTellIsHidden(count: Int, p50: Bool, p95: Bool, p99: Bool) {
        let chart = PercentileChart(
            title: "", question: "", what: "latency", curves: [.init(Series("a", slot: 0), sorted: Self.sorted(count))])

        #expect(chart.summary.contains("P50") == p50)
        #expect(chart.summary.contains("P95") == p95)
        #expect(chart.summary.contains("P99") == p99)
        #expect(chart.svg.text.contains(">P95<") == p95)
        #expect(chart.svg.text.contains(">P99<") == p99)
        #expect(chart.table.rows[0].contains("—"))
    }

    @Test func aLogarithmIsToldOnTheAxis() {
        func cloud(_ most: Double) -> String {
            ScatterChart(
                title: "", question: "", x: "TTFT, ms", y: "TPOT, ms",
                clouds: [.init(Series("a", slot: 0), [(x: 10, y: 10), (x: most, y: 12)])]
            ).svg.text
        }

        #expect(cloud(5_000).contains("TTFT, ms (log scale)"))
        #expect(!cloud(50).contains("log scale"))
    }

    @Test func aLevelsChangeIsNamed() {
        let points = (0..<20).map { HistoryChart.Point($0 < 10 ? 100 : 115, isChange: $0 == 10, label: "\($0)") }
        let chart = HistoryChart(
            title: "", question: "", what: "ms", courses: [.init(Series("a", slot: 0), points)])

        #expect(chart.svg.text.contains("+15 %"))
        #expect(chart.svg.text.contains("class=\"cp\""))
        #expect(chart.summary.contains("100, then 115"))
    }

    @Test func aStallIsMarked() {
        let arrivals = [10.0, 20, 30, 40, 50, 60, 160, 170, 180]
        let request = TimelineChart.Request("a", Series("a", slot: 0), arrivals: arrivals, end: 180)

        #expect(request.stalls == [6])
        #expect(TimelineChart(title: "", question: "", requests: [request]).svg.text.contains("▲"))
    }

    @Test func readingsThatAreMissingAreNoLine() {
        let readings = (0..<200).map { index -> (at: Double, value: Double?) in
            (at: Double(index), value: (80..<120).contains(index) ? nil : 50)
        }
        let chart = ResourceChart(
            title: "", question: "", lines: [.init("CPU", unit: "%", most: 100, readings: readings)], phases: [])

        #expect(chart.svg.text.contains("no reading"))
        #expect(chart.svg.text.contains("class=\"gap\""))
    }

    @Test func sixtyFourSeriesDifferInColourOrShape() {
        let looks = Set((0..<64).map { "\(Series("", slot: $0).style)/\(Series("", slot: $0).shape)" })

        #expect(looks.count == 64)
    }

    @Test(arguments: [[], [3.0], [1, 2, 3], [.nan, 1]])
    func aSparklineStandsAnyNumberOfValues(values: [Double]) {
        let text = Sparkline(Series("a", slot: 0), values, what: "tok/s").svg.text

        #expect(text.contains(values.contains(where: \.isFinite) ? "<path" : "—"))
        #expect(!text.contains("nan"))
    }

    /// How many elements a text has, as an XML parser reads it.
    ///
    /// - Throws: when it is not well-formed.
    private static func elements(of text: String) throws -> Int {
        var open: [Substring] = []
        var count = 0
        for match in text.matches(of: #/<(/?)([a-z]+)((?:[^>"]|"[^"<]*")*?)(/?)>/#) {
            if !match.1.isEmpty {
                #expect(open.popLast() == match.2)
            } else {
                count += 1
                if match.4.isEmpty { open.append(match.2) }
            }
        }
        let leftover = text.replacing(#/<(/?)([a-z]+)((?:[^>"]|"[^"<]*")*?)(/?)>/#, with: "")
        #expect(open.isEmpty && !leftover.contains("<"))
        return count
    }
}
