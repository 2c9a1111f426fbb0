import Crypto
import Foundation

/// A versioned set of metrics: what is computed from samples, and how.
///
/// The whole set is checked when it is made. After that nothing can fail: a value that cannot be computed is null.
public struct FormulaSet: Sendable {
    /// The part of a set that a metric belongs to.
    public enum Section: String, Sendable, CaseIterable {
        /// One value per sample.
        case sample
        /// One value per group of samples: run × model × scenario × load level.
        case result
        /// One value per model, over its results.
        case model
    }

    /// Which way a metric gets better.
    public enum Direction: String, Sendable {
        /// More is better.
        case higher
        /// Less is better.
        case lower
        /// Neither.
        case none
    }

    /// What a failed request is to latencies.
    public enum FailedRequests: String, Sendable, CaseIterable {
        /// In none of them: they are those of the whole answers.
        case leftOut = "left-out"
        /// One that never came: a percentile that falls on it is infinite, as is a mean over it.
        case infinite

        /// The input that tells formulas which it is, and its value.
        static let input = "failures_infinite"
        var value: Double { self == .infinite ? 1 : 0 }
    }

    /// A metric as declared.
    public struct Metric: Sendable, Equatable {
        /// The part of the set that it belongs to.
        public let section: Section
        /// Its name, unique in its section.
        public let name: String
        /// The unit of its value, as declared.
        public let unit: String
        /// Which way it gets better.
        public let better: Direction
        /// What it says, in a sentence; empty when the set has none.
        public let text: String
        /// The source of its expression.
        public let expression: String

        /// Whether both are in one unit, however it is spelt.
        public func hasUnit(of other: Metric) -> Bool {
            unit == other.unit || FormulaUnit(unit).map { $0 == FormulaUnit(other.unit) } == true
        }
    }

    /// The figures of the original system's results, by its names, in its order.
    public static let originalColumns = [
        "tps", "ttft", "tpot", "gen_tps", "latency_p50", "latency_p95", "latency_p99", "error_rate", "timeout_rate",
        "cpu_avg", "ram_avg", "gpu_avg", "total_tokens", "total_iterations", "successful_iterations",
    ]

    /// Name and version: `standard/1`.
    public let name: String
    /// What to call the set on a page; empty when it does not say.
    public let title: String
    /// What the set is for; empty when it does not say.
    public let description: String
    /// `sha256:` and the SHA-256 of the text's UTF-8 bytes in hexadecimal.
    public let digest: String
    /// The text that the set was made from.
    public let text: String
    /// All metrics, in the order of declaration: `sample`, `result`, `model`.
    public let metrics: [Metric]
    /// The set's result metric for each of the original's columns that it has one for.
    public let columns: [String: String]
    /// The inputs that any of the set's sample or result metrics reads. A caller need not build others.
    public let inputsNeeded: Set<String>
    /// The inputs that ``evaluate(samples:resources:constants:failures:)`` alone reads.
    public let resultInputs: Set<String>

    let names: [Section: [String]]
    let programs: [Section: Program]
    /// Which samples the results count; nil when all do.
    let filter: Program?

    /// Reads and checks a set.
    ///
    /// - Parameters:
    ///   - text: YAML; see ``FormulaLimits`` for how large it may be.
    ///   - file: how messages name the text, such as `standard.yaml`.
    public init(text: String, file: String) throws(FormulaError) {
        let source = try SetReader.read(text, file: file)
        let compiled = try SetCompiler.compile(source, file: file)
        name = "\(source.name)/\(source.version)"
        title = source.title
        description = source.description
        digest = "sha256:" + SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
        self.text = text
        metrics = source.metrics.map {
            Metric(
                section: $0.section, name: $0.name.text, unit: $0.unit, better: $0.better, text: $0.text,
                expression: $0.expression.text)
        }
        columns = compiled.columns
        names = Dictionary(grouping: metrics, by: \.section).mapValues { $0.map(\.name) }
        programs = compiled.programs
        filter = compiled.filter
        resultInputs = programs[.result]!.inputs
        inputsNeeded = resultInputs.union(programs[.sample]!.inputs)
    }

    /// Values of the `result` metrics over one group of samples.
    ///
    /// - Parameters:
    ///   - samples: the group's samples, warm-up included; the set's filter decides which count.
    ///   - resources: the readings taken while the group ran.
    ///   - constants: the group's constants, such as `concurrency`; one that is missing is null.
    ///   - failures: what a failed request is to the set's latencies.
    public func evaluate(
        samples: any SampleSource, resources: ResourceTable, constants: [String: Double] = [:],
        failures: FailedRequests = .leftOut
    ) -> ResultValues {
        FormulaEvaluator(self).evaluate(
            samples: samples, resources: resources, constants: constants, failures: failures)
    }

    /// Values of the `model` metrics over a model's results, such as the dictionaries of ``ResultValues``.
    public func evaluateModel(results: [[String: Double?]]) -> ResultValues {
        values(of: .model, on: Program.Tables(results: results, resultNames: names[.result] ?? []), in: Scratch())
    }

    /// Values of the `sample` metrics: a column each, NaN where one is null.
    public func sampleValues(samples: SampleTable, constants: [String: Double] = [:]) -> SampleTable {
        var table = SampleTable(count: samples.count)
        let scratch = Scratch()
        let columns = programs[.sample]!.run(
            on: Program.Tables(samples: samples, constants: constants), in: scratch)
        for (name, column) in zip(names[.sample] ?? [], columns) {
            table[name] = column.flat.map { $0.isFinite ? $0 : .nan }
        }
        withExtendedLifetime(scratch) {}
        return table
    }

    func values(
        of section: Section, on tables: Program.Tables, in scratch: Scratch, keepingInfinity: Bool = false
    ) -> ResultValues {
        let values = programs[section]!.run(on: tables, in: scratch).map { value in
            value.single.isFinite || (keepingInfinity && value.single == .infinity) ? value.single : nil
        }
        return ResultValues(names: names[section] ?? [], values: values)
    }
}

/// Evaluates a set over one group of samples after another, in memory that it uses again. One thread's own.
public final class FormulaEvaluator {
    private let set: FormulaSet
    private let scratch = Scratch()

    /// An evaluator of a set's `result` metrics.
    public init(_ set: FormulaSet) { self.set = set }

    /// As ``FormulaSet/evaluate(samples:resources:constants:failures:)``.
    public func evaluate(
        samples: any SampleSource, resources: ResourceTable, constants: [String: Double] = [:],
        failures: FormulaSet.FailedRequests = .leftOut
    ) -> ResultValues {
        defer { scratch.reset() }
        return set.values(
            of: .result,
            on: Program.Tables(samples: samples, resources: resources, constants: constants, failures: failures),
            in: scratch, keepingInfinity: failures == .infinite)
    }
}

extension FormulaSet {
    /// The sets that need no file; the first is the default.
    public static let builtIn: [FormulaSet] = stored + peers

    /// The default, `standard/1`.
    public static let standard: FormulaSet = stored[0]

    /// Those whose figures every result keeps. The others are evaluated when they are asked for, and for the runs of the tool
    /// that they are named after.
    public static let stored: [FormulaSet] = [
        checked(BuiltIn.standard1, file: "standard-1.yaml"),
        checked(BuiltIn.flPerformance1, file: "flperformance-1.yaml"),
    ]

    /// The definitions of other tools.
    private static let peers: [FormulaSet] = [
        checked(BuiltIn.guidellm1, file: "guidellm-1.yaml"), checked(BuiltIn.vllm1, file: "vllm-1.yaml"),
        checked(BuiltIn.aiperf1, file: "aiperf-1.yaml"), checked(BuiltIn.mlperf1, file: "mlperf-1.yaml"),
        checked(BuiltIn.llamaBench1, file: "llama-bench-1.yaml"),
    ]

    /// The built-in set with this name and version, such as `standard/1`.
    public static func named(_ name: String) -> FormulaSet? {
        (stored.first { $0.name == name }) ?? peers.first { $0.name == name }
    }

    /// A set of ours that does not compile is a mistake of ours; the tests make every one.
    private static func checked(_ text: String, file: String) -> FormulaSet {
        do throws(FormulaError) {
            return try FormulaSet(text: text, file: file)
        } catch {
            preconditionFailure("a built-in set does not compile: \(error)")
        }
    }
}

/// The texts of the built-in sets, a file each.
enum BuiltIn {}
