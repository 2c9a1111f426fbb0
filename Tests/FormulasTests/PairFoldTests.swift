import Formulas
import Testing

/// The folds of two columns, one beside the other.
@Suite struct PairFoldTests {
    @Test(arguments: [(50.0, 2.0), (60, 2), (61, 3), (100, 3), (0, 1)])
    func aWeightedPercentileIsTheFirstValueThatReachesTheShare(percent: Double, expected: Double) throws {
        let value = try evaluate(
            "weighted_percentile(ended, completion_tokens, \(percent))",
            samples: ["ended": [3, 1, 2], "completion_tokens": [40, 10, 50]])

        #expect(value == expected)
    }

    @Test func equalValuesCountTogetherAndAWeightOfNothingNotAtAll() throws {
        let value = try evaluate(
            "weighted_percentile(ended, completion_tokens, 50)",
            samples: ["ended": [1, 5, 5, 9], "completion_tokens": [1000, 2, 2, 3]].mapValues { $0 },
            head: "filter: ended > 1")
        let weightless = try evaluate(
            "weighted_percentile(ended, completion_tokens, 1)",
            samples: ["ended": [1, 2], "completion_tokens": [0, 1]])

        #expect(value == 5)
        #expect(weightless == 2)
    }

    /// NumPy: `np.cumsum(np.full(640, 1 / 640))[63]` is a little below 0.1, so that `searchsorted` goes one value on.
    @Test func sharesAreAddedUpAsNumPyDoes() throws {
        let samples = ["ended": (0..<640).map(Double.init)]

        let weighted = try evaluate("weighted_percentile(ended, 1, 10)", samples: samples)
        let exact = try evaluate("percentile(ended, 10, inverse_cdf)", samples: samples)

        #expect(weighted == 64)
        #expect(exact == 63)
    }

    @Test func aPairWithANullIsLeftOut() throws {
        let value = try evaluate(
            "weighted_percentile(ended, completion_tokens, 100 where not failed)",
            samples: ["ended": [1, null, 7, 9], "completion_tokens": [1, 1, null, 1], "failed": [0, 0, 0, 1]])

        #expect(value == 1)
        #expect(try evaluate("weighted_percentile(ended, 1, 50)", samples: ["ended": [null, null]]) == nil)
    }

    @Test func mostAtOnceCountsMomentsInAStretch() throws {
        let value = try evaluate(
            "most_at_once(chunk_times, chunk_times, 1000 where not failed)", samples: ["failed": [0, 0, 1]],
            arrays: ["chunk_times": [[0, 999.9, 1000], [1500, 1999, 2000], [1100, 1200]]])

        #expect(value == 3)
    }

    @Test func mostAtOnceCountsASpanInEveryStretchThatItTouches() throws {
        func most(_ starts: [Double], _ ends: [Double]) throws -> Double? {
            try evaluate("most_at_once(started, ended, 1000)", samples: ["started": starts, "ended": ends])
        }

        #expect(try most([0, 1100], [1050, 1900]) == 2)
        #expect(try most([0, 1000], [999, 1900]) == 1)
        #expect(try most([0, 0, 5000], [9000, 100, 5001]) == 2)
        #expect(try most([2, 5], [1, null]) == nil)
    }

    @Test func aWidthOfNothingOrAnEndlessSpanCostsNothing() throws {
        let samples = ["started": [0.0, -1e300], "ended": [1e300, 1e308]]

        #expect(try evaluate("most_at_once(started, ended, 0)", samples: samples) == nil)
        #expect(try evaluate("most_at_once(started, ended, 0.000000001)", samples: samples) == nil)
        #expect(try evaluate("most_at_once(0 * started, ended / ended, 0.000000001)", samples: samples) == 2)
    }

    @Test(arguments: [
        ("most_at_once(started, completion_tokens, 1)", "needs one unit, found ms on the left and token on the right"),
        ("most_at_once(started, ended, slo_tpot)", "needs one unit"),
        ("most_at_once(started, ended, started)", "must be a single value"),
        ("most_at_once(started, chunk_times, 1)", "cannot put one value per chunk beside each"),
        ("weighted_percentile(ended, 1, concurrency)", "must be a number from 0 to 100"),
        ("weighted_percentile(ended, 1, 101)", "must be a number from 0 to 100"),
        ("weighted_percentile(host_cpu, 1, 50)", "found one value per resource reading"),
        ("weighted_percentile(ended, 1, 50 where gaps > 1)", "cannot put one value per gap beside each"),
        ("weighted_percentile(ended, 1)", "takes 3 arguments, found 2"),
    ])
    func whatDoesNotGoTogetherIsRefused(expression: String, sentence: String) {
        let error = #expect(throws: FormulaError.self) { try makeSet(result: ["m": expression]) }

        #expect(error?.sentence.contains(sentence) == true, "\(error?.sentence ?? "")")
    }

    @Test func bothBelongInResult() {
        #expect(throws: FormulaError.self) { try makeSet(sample: ["m": "most_at_once(gaps, gaps, 1)"]) }
        #expect(throws: FormulaError.self) { try makeSet(model: ["m": "weighted_percentile(rows, 1, 50)"]) }
    }

    @Test func aWeightedPercentileHasAnIntervalAndACrowdHasNone() throws {
        let set = try makeSet(result: [
            "plain": "percentile(ended, 50, inverse_cdf)",
            "weighted": "weighted_percentile(ended, completion_tokens, 50)",
            "crowd": "most_at_once(started, ended, 1)",
        ])
        let values = (1...200).map(Double.init)
        let samples = table([
            "ended": values, "started": values.map { $0 - 1 }, "completion_tokens": values.map { _ in 3 },
        ])

        let intervals = set.intervals(
            of: ["plain", "weighted", "crowd"], samples: samples, resources: ResourceTable(count: 0))

        #expect(intervals["plain"] != nil)
        #expect(intervals["weighted"] == intervals["plain"])
        #expect(intervals["crowd"] == nil)
    }

    /// NumPy: `np.percentile(range(6), q, method='nearest')`.
    @Test(arguments: [(10, 0.0), (30, 2), (50, 2), (70, 4), (90, 4), (100, 5)])
    func theNearestPercentileIsNumPys(percent: Int, expected: Double) throws {
        let value = try evaluate(
            "percentile(ended, \(percent), nearest)", samples: ["ended": (0..<6).map(Double.init)])

        #expect(value == expected)
    }
}
