import Testing

@testable import Formulas

@Suite struct EvaluationTests {
    @Test(arguments: [
        ("1 + 2 * 3", 7.0), ("(1 + 2) * 3", 9), ("-2 ^ 2", -4), ("2 ^ 3 ^ 2", 512), ("2 ^ -1", 0.5), ("10 - 4 - 3", 3),
        ("24 / 4 / 3", 2), ("1.5e3", 1500), (".5", 0.5), ("- - 2", 2), ("1 < 2 and 2 < 3", 1), ("not 1 == 2", 1),
        ("true and false or true", 1), ("1 != 1", 0), ("2 >= 2", 1), ("if(1 > 2, 10, 20)", 20), ("min(3, 1, 2)", 1),
        ("max(3, 1, 2)", 3), ("clamp(7, 0, 5)", 5), ("clamp(-7, 0, 5)", 0), ("abs(-3)", 3), ("log10(1000)", 3),
        ("sqrt(9)", 3), ("floor(-1.5)", -2), ("round(2.5)", 3), ("round(-2.5)", -3), ("coalesce(null, null, 4)", 4),
        ("is_null(null)", 1), ("is_null(0)", 0),
    ])
    func aloneAnExpressionGivesItsNumber(_ expression: String, _ expected: Double) throws {
        #expect(try #require(try evaluate(expression)) == expected)
    }

    @Test(arguments: [
        "null", "1 / 0", "0 / 0", "sqrt(-1)", "log10(0)", "log10(-1)", "10 ^ 400", "1 + null", "null == null",
        "null < 1", "not null", "true and null", "false or null", "if(null, 1, 2)", "min(1, null)", "clamp(null, 0, 1)",
        "1 ^ null", "mean(gaps)", "sum(iteration where false)", "concurrency", "p99(chunk_sizes)",
    ])
    func nullStaysNull(_ expression: String) throws {
        #expect(try evaluate(expression) == nil)
    }

    @Test func logicIsSettledByASideThatSettlesIt() throws {
        #expect(try evaluate("false and null") == 0)
        #expect(try evaluate("true or null") == 1)
    }

    @Test(arguments: [
        ("count(ended)", 3.0), ("count()", 4), ("count(where failed)", 1), ("count(ended where failed)", 0),
        ("count(where not failed)", 2), ("sum(ended)", 9), ("mean(ended)", 3), ("min(ended)", 1), ("max(ended)", 5),
        ("first(ended)", 1), ("last(ended)", 5), ("median(ended)", 3), ("stddev(ended)", 2), ("p50(ended)", 3),
        ("count(where ended > 1)", 2), ("count(where is_null(ended))", 1), ("count(where true)", 4),
        ("sum(2 where failed == 0)", 4), ("sum(if(failed, 10, 1))", 12), ("count(where ended > mean(ended))", 1),
        ("mean((ended - mean(ended)) ^ 2)", 8.0 / 3), ("trimmed_mean(ended, 0.34)", 3),
    ])
    func aggregatesSkipNullsAndSeeTheirCondition(_ expression: String, _ expected: Double) throws {
        let value = try evaluate(expression, samples: ["ended": [1, null, 3, 5], "failed": [0, 1, null, 0]])

        #expect(value == expected)
    }

    @Test(arguments: [
        ("percentile(ended, 50, upper_median)", 55.0), ("p95(ended)", 90), ("percentile(ended, 95, linear)", 85.5),
        ("percentile(ended, 50, floor_rank)", 55), ("percentile(ended, 50)", 50), ("p99.9(ended)", 90),
        ("percentile(ended, 31, inverse_cdf)", 40), ("median(ended)", 52.5),
    ])
    func percentilesFollowTheirMethod(_ expression: String, _ expected: Double) throws {
        let ended: [Double] = [90, 15, 80, 20, 70, 35, 60, 40, 55, 50]

        let value = try #require(
            try evaluate(expression, samples: ["ended": ended], head: "percentile_method: nearest_rank"))

        #expect(abs(value - expected) < 1e-12)
    }

    @Test(arguments: [
        ("0", 1, [true, true, true]), ("1", 9, [true, false, false]), ("1", 10, [true, true, false]),
        ("1", 99, [true, true, false]), ("1", 100, [true, true, true]), ("2.5", 24, [true, false, false]),
        ("2.5", 25, [true, true, false]), ("1", 1, [true, false, false]),
    ])
    func aPercentileNeedsAsManyValuesBeyondItAsTheSetSays(tail: String, count: Int, known: [Bool]) throws {
        let samples = ["ended": (1...count).map(Double.init)]
        func isKnown(_ expression: String) throws -> Bool {
            try evaluate(expression, samples: samples, head: "percentile_tail: \(tail)") != nil
        }

        #expect(try ["p50(ended)", "p90(ended)", "p99(ended)"].map(isKnown) == known)
        // Below the median the tail is the other one.
        #expect(try isKnown("percentile(ended, 10, linear)") == known[1])
        #expect(try isKnown("median(ended)"))
        #expect(try isKnown("p100(ended)") == (tail == "0"))
    }

    @Test func aSpanReachesFromTheFirstStartToTheLastEnd() throws {
        let samples: [String: [Double]] = [
            "started": [5, 1, 3, null], "ended": [6, 9, 20, 30], "failed": [0, 0, 1, 1], "warmup": [0, 0, 0, 1],
        ]

        #expect(try evaluate("span(started, ended)", samples: samples) == 29)
        #expect(try evaluate("span(started, ended where not failed)", samples: samples) == 8)
        #expect(try evaluate("span(started, ended)", samples: samples, head: "filter: not warmup") == 19)
        #expect(try evaluate("span(started, ended where failed)", samples: samples, head: "filter: not warmup") == 17)
        #expect(try evaluate("span(started, ended where false)", samples: samples) == nil)
    }

    @Test func aSampleSeesTheGroupsConstants() throws {
        let set = try makeSet(sample: ["late": "ended > slo_latency"], result: ["late": "count(where late)"])
        let samples = table(["ended": [100, 300]])

        #expect(
            set.evaluate(samples: samples, resources: ResourceTable(count: 0), constants: ["slo_latency": 200])["late"]
                == 1)
        #expect(set.sampleValues(samples: samples, constants: ["slo_latency": 50])["late"] == [1, 1])
        #expect(set.evaluate(samples: samples, resources: ResourceTable(count: 0))["late"] == 0)
    }

    @Test func infinityIsShownOnlyWhereFailuresCountSo() throws {
        let set = try makeSet(result: ["worst": "max(if(failed, if(failures_infinite, infinity, null), ended))"])
        let samples = table(["ended": [100, 300], "failed": [0, 1]])
        let none = ResourceTable(count: 0)

        #expect(set.evaluate(samples: samples, resources: none)["worst"] == 100)
        #expect(set.evaluate(samples: samples, resources: none, failures: .infinite)["worst"] == .infinity)
        #expect(try evaluate("infinity") == nil)
        #expect(try evaluate("-infinity") == nil)
        #expect(try evaluate("infinity - infinity") == nil)
    }

    @Test func theFilterHoldsForSamplesAndTheirChunksAndNotForReadings() throws {
        let samples: [String: [Double]] = ["ended": [100, 1, 3], "warmup": [1, 0, 0]]
        let gaps: [String: [[Double]]] = ["gaps": [[50, 50], [1], []]]
        func value(_ expression: String) throws -> Double? {
            try evaluate(
                expression, samples: samples, arrays: gaps, readings: ["host_cpu": [10, 20]], head: "filter: not warmup"
            )
        }

        #expect(try value("mean(ended)") == 2)
        #expect(try value("count()") == 2)
        #expect(try value("sum(gaps)") == 1)
        #expect(try value("count(where gaps > 0)") == 1)
        #expect(try value("mean(host_cpu)") == 15)
    }

    @Test func aResultPoolsAllChunksAndASampleFoldsItsOwn() throws {
        let set = try makeSet(
            sample: [
                "own": "mean(gaps)", "slow": "count(where gaps > 15)", "late": "max(gaps where failed)",
                "size": "sum(chunk_sizes where chunk_times > 5)",
            ],
            result: [
                "pooled": "mean(gaps)", "of_means": "mean(own)", "good": "mean(gaps where not failed)",
                "slow": "count(gaps where gaps > 15)", "scaled": "max(gaps / ended)",
            ])
        let samples = table(
            ["failed": [0, 0, 1], "ended": [2, 1, 10]],
            [
                "gaps": [[10, 20, 30], [], [40, null]], "chunk_times": [[1, 6, 7, 8], [9], [2, 3]],
                "chunk_sizes": [[1, 2, 3, 4], [7], [1, 1]],
            ])

        let results = set.evaluate(samples: samples, resources: ResourceTable(count: 0))
        let columns = set.sampleValues(samples: samples)

        #expect(results.values == [25, 30, 20, 3, 15])
        #expect(columns["own"]?.description == "[20.0, nan, 40.0]")
        #expect(columns["slow"] == [2, 0, 1])
        #expect(columns["late"]?.description == "[nan, nan, 40.0]")
        #expect(columns["size"]?.description == "[9.0, 7.0, nan]")
    }

    @Test func insideAnAggregateANameMeansTheSamples() throws {
        let set = try makeSet(
            sample: ["ttft": "first_content - started"],
            result: ["ttft": "max(ttft)", "double": "2 * ttft", "again": "sum(ttft)"], head: "constants: {zero: 0}")
        let values = set.evaluate(
            samples: table(["started": [0, 10], "first_content": [5, 13]]), resources: ResourceTable(count: 0))

        #expect(values == ResultValues(names: ["ttft", "double", "again"], values: [5, 10, 8]))
    }

    @Test func aModelFoldsItsResults() throws {
        let set = try makeSet(
            result: ["tps": "sum(ended)"],
            model: ["tps": "mean(tps)", "share": "count(tps) / count()", "half": "tps / 2"])

        let values = set.evaluateModel(results: [["tps": 10], ["tps": nil], [:], ["tps": 30]])

        #expect(values.values == [20, 0.5, 10])
    }

    @Test func onlyTheInputsThatAreNamedAreNeeded() throws {
        let set = try makeSet(
            sample: ["unused": "headers - sent", "used": "ended - started"],
            result: ["a": "mean(used) + concurrency", "b": "mean(gpu_power where at > 5)", "c": "sum(gaps)"],
            head: "filter: not warmup")

        #expect(set.resultInputs == ["ended", "started", "warmup", "concurrency", "gpu_power", "at", "gaps"])
        #expect(set.inputsNeeded == set.resultInputs.union(["headers", "sent"]))
    }

    @Test func arraysOfDifferentLengthsGiveNullForThatSample() throws {
        let arrays: [String: [[Double]]] = ["chunk_times": [[1, 2], [3]], "chunk_sizes": [[1], [4]]]

        #expect(try evaluate("sum(chunk_times * chunk_sizes)", arrays: arrays) == 12)
        #expect(try evaluate("sum(chunk_times where chunk_sizes > 0)", arrays: arrays) == 3)
        let set = try makeSet(sample: ["x": "sum(chunk_sizes where chunk_times > 0)"])
        #expect(set.sampleValues(samples: table([:], arrays))["x"]?.description == "[nan, 4.0]")
    }

    @Test func noSamplesGiveNullsAndZeroCounts() throws {
        let set = try makeSet(
            sample: ["x": "mean(gaps)"], result: ["n": "count()", "m": "mean(x)", "s": "sum(x)", "c": "count(gaps)"])

        let values = set.evaluate(samples: SampleTable(count: 0), resources: ResourceTable(count: 0))

        #expect(values.values == [0, nil, nil, 0])
        #expect(set.sampleValues(samples: SampleTable(count: 0))["x"] == [])
    }

    @Test func theDigestIsTheTextsOwn() throws {
        let text = "set: a\nversion: 2\nresult: {n: {expr: count(), unit: count}}\n"

        let set = try FormulaSet(text: text, file: "a.yaml")

        #expect(set.name == "a/2")
        #expect(set.digest == "sha256:bd65dab8c26cfeaa06241ca00d370c03f04360a52a2b9e26d895fcc902a9a3f1")
        #expect(set.text == text)
    }
}
