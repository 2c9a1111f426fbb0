import ArgumentParser
import Foundation
import Resources

extension Bench {
    struct Resources: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures what watching the host's resources costs.",
            discussion: "Example:\n  flperf bench resources --process 4711")

        @OptionGroup var options: GlobalOptions
        @Option(
            help: ArgumentHelp("A process to watch with all below it, as a run watches the server's.", valueName: "id"))
        var process: Int32?
        @Option(help: "Readings, one every 250 ms as in a run.") var readings = 40
        @Option(help: "Rounds; the median is told.") var rounds = 3

        private struct Outcome: Encodable {
            var reading_us: Double
            var reading_us_max: Double
            var core_percent: Double
            var unavailable: [String]
        }

        func validate() throws {
            guard readings > 0 else { throw ValidationError("'--readings' must be at least 1, found \(readings).") }
            guard rounds > 0 else { throw ValidationError("'--rounds' must be at least 1, found \(rounds).") }
        }

        func run() throws {
            var means: [Double] = []
            var longest = 0.0
            var sampler = ResourceSampler(process: process)
            for _ in 0..<rounds {
                var spent = 0.0
                for _ in 0..<readings {
                    let start = Self.spent()
                    _ = sampler.read()
                    let took = Self.spent() - start
                    spent += took
                    longest = max(longest, took)
                    Thread.sleep(forTimeInterval: Self.interval)
                }
                means.append(spent / Double(readings))
            }
            let outcome = Outcome(
                reading_us: median(means) * 1e6, reading_us_max: longest * 1e6,
                core_percent: median(means) / Self.interval * 100, unavailable: sampler.unavailable)
            if options.json { return try Console.json(outcome) }
            var table = TextTable([("\(rounds) × \(readings) readings", .left), ("", .right)])
            table.add(["CPU time of a reading, mean, µs", Figures.number(outcome.reading_us, digits: 0)])
            table.add(["the longest one, µs", Figures.number(outcome.reading_us_max, digits: 0)])
            table.add(["share of a core at 250 ms, %", Figures.number(outcome.core_percent, digits: 3)])
            Console.out(table.render(.output))
            for reason in outcome.unavailable { Console.out("not read: \(reason)") }
        }

        private static let interval = 0.25

        /// Seconds of processor time that this thread has spent.
        private static func spent() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
    }
}
