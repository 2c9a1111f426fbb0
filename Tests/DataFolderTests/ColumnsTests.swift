import Benchmarking
import DataFolder
import Events
import Formulas
import Results
import Runs
import TestSupport
import Testing

/// Figures from the samples' columns, held against figures from the events in the log.
struct ColumnsTests {
    private func expectTheFiguresOfTheLog(_ installation: Installation, _ detail: RunDetail) throws {
        let events = try installation.log.readStream(.run(detail.run.id)).map(\.event)
        let rows = detail.results
        for set in FormulaSet.builtIn {
            let found = try installation.evaluate(set, of: rows)
            for (row, values) in zip(rows, found) {
                #expect(values == (try figures(set, of: row, events)), "\(set.name)")
                if let kept = row.metrics[set.name] { #expect(values.dictionary == kept, "\(set.name)") }
                #expect(values.values.contains { $0 != nil }, "\(set.name)")
            }
        }
    }

    private func figures(_ set: FormulaSet, of row: ResultRow, _ events: [Event]) throws -> ResultValues {
        let level = UInt32(row.concurrency ?? 0)
        let rate = UInt64(((row.rate ?? 0) * 1e6).rounded())
        var (samples, readings): ([InferenceSampled], [ResourceSampled]) = ([], [])
        for event in events {
            switch event {
            case .inferenceSampled(let sample)
            where sample.scenario == row.scenario && sample.level == level && sample.rateMillionths == rate:
                // What was never sent has no figures.
                if sample.error != .shed { samples.append(sample) }
            case .resourceSampled(let reading)
            where reading.scenario == row.scenario && reading.level == level && reading.rateMillionths == rate:
                readings.append(reading)
            default: break
            }
        }
        return set.evaluate(
            samples: try InputsOfEvents.table(of: samples), resources: InputsOfEvents.table(of: readings),
            constants: row.rate == nil
                ? ["concurrency": Double(row.concurrency ?? 0)] : ["shed": Double(row.shed ?? 0)])
    }

    @Test func ofAClosedLoopWithFailures() async throws {
        try await RunTests.run(
            {
                $0.errorRate = 0.2
                $0.truncateRate = 0.2
            },
            settings: { settings in
                settings.concurrency = [1, 3]
                settings.iterations = 20
            }
        ) { installation, _, detail in
            #expect(detail.results.count == 4)
            #expect(detail.results.contains { ($0.error_rate ?? 0) > 0 })
            try expectTheFiguresOfTheLog(installation, detail)
            #expect(try installation.projector.check().isEmpty)
        }
    }

    @Test func ofAnOpenLoopThatShedRequests() async throws {
        try await RunTests.run(
            { $0.hangRate = 0.5 },
            settings: { settings in
                settings.rates = [500]
                settings.arrivals = .constant
                settings.maxInFlight = 2
                settings.iterations = 20
                settings.timeout = .milliseconds(100)
            }
        ) { installation, _, detail in
            #expect(detail.results.contains { ($0.shed ?? 0) > 0 })
            #expect(detail.results.contains { ($0.timeout_rate ?? 0) > 0 })
            try expectTheFiguresOfTheLog(installation, detail)
        }
    }

    @Test func ofARunThatIsDeletedAndRestored() async throws {
        try await RunTests.run { installation, _, detail in
            let set = FormulaSet.standard
            let before = try installation.evaluate(set, of: detail.results)
            try await installation.delete(run: detail.run.id)
            try await installation.restore(run: detail.run.id)
            try installation.projector.rebuild()

            let row = try #require(try installation.run(detail.run.id).value?.results)
            #expect(try installation.evaluate(set, of: row) == before)
        }
    }

    @Test func aResultThatIsNotThereHasNoFigures() async throws {
        try await RunTests.run { installation, _, detail in
            var row = try #require(detail.results.first)
            row.run_id = "none"

            #expect(try installation.evaluate(FormulaSet.standard, of: [row]) == [.init(names: [], values: [])])
        }
    }
}
