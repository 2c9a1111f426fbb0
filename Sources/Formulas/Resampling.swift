import Statistics

/// What limits the load of the samples, which decides how long a resample of them would have taken.
enum LoadKind {
    /// Each request waits for one before it: the time follows from how long the requests take.
    case closedLoop
    /// A schedule starts the requests: the time is that of the schedule.
    case openLoop
}

/// Runs a program over samples drawn anew.
///
/// What does not depend on which samples are drawn (their own values, conditions, the order of a column) is computed once; a
/// resample repeats values as often as their sample was drawn and folds them.
struct Resampling {
    private let steps: [Program.Step]
    private let outputs: [Int]
    private let tables: Program.Tables
    private let load: LoadKind
    /// Rows of the samples that may be drawn.
    private let population: [Int]
    /// Whether each slot's value depends on which samples are drawn.
    private let isDrawn: [Bool]
    /// Whether each slot's value depends on readings of the resources, which are not drawn anew.
    private let readsResources: [Bool]
    /// Values that do not depend on the draw.
    private let fixed: UnsafeMutableBufferPointer<Value>
    /// What the values lie in.
    private let scratch = Scratch()
    private var kernels: Kernels { Kernels(scratch: scratch) }
    /// What a gathering step, or a sorting one behind it, repeats values of.
    private var sources: [Int: Source] = [:]
    /// Spans of times that do not depend on the draw.
    private var spans: [Int: Span] = [:]
    /// Gathering steps that only a sorting one reads, which has the values already.
    private var unread: Set<Int> = []

    /// Values in their order, and the sample that each is of.
    private struct Source {
        var values: [Double]
        var samples: [Int]

        func repeated(_ times: [Int], in scratch: Scratch) -> Column {
            let result = scratch.column(samples.reduce(0) { $0 + times[$1] })
            var end = 0
            for (value, sample) in zip(values, samples) {
                for _ in 0..<times[sample] {
                    result[end] = value
                    end += 1
                }
            }
            return result
        }

        func sorted() -> Source {
            let order = values.indices.sorted { values[$0] < values[$1] }
            return Source(values: order.map { values[$0] }, samples: order.map { samples[$0] })
        }
    }

    /// What a span is made of.
    private struct Span {
        /// That of all samples.
        var whole: Double
        /// How long each request took.
        var lengths: Source
        var meanLength: Double
    }

    /// - Parameters:
    ///   - outputs: places of the program's outputs that are wanted.
    ///   - population: rows of the samples that may be drawn.
    init(_ program: Program, outputs: [Int], on tables: Program.Tables, population: [Int], load: LoadKind) {
        let needed = program.steps(for: outputs.map { program.outputs[$0] })
        steps = needed
        self.outputs = outputs.map { program.outputs[$0] }
        self.tables = tables
        self.population = population
        self.load = load
        var rows = [Table?](repeating: nil, count: program.slotCount)
        var isDrawn = [Bool](repeating: false, count: program.slotCount)
        var readsResources = isDrawn
        for step in needed {
            let operands = step.operation.operands
            isDrawn[step.slot] = operands.contains { isDrawn[$0] }
            readsResources[step.slot] = operands.contains { readsResources[$0] }
            switch step.operation {
            case .column(let table, _), .fill(_, let table): rows[step.slot] = table
            case .array, .foldEach: rows[step.slot] = .samples
            case .span: isDrawn[step.slot] = true
            case .pairs(let fold, _, _, _, _):
                // How many went on at once is a fact of the whole load: drawing requests anew would pile them up.
                isDrawn[step.slot] = fold == .weightedQuantile
            case .gather(let slot, _):
                if rows[slot] == .samples { isDrawn[step.slot] = true }
            case .result: rows[step.slot] = .results
            case .countRows(let table, _):
                if table == .samples { isDrawn[step.slot] = true } else { readsResources[step.slot] = true }
            case .number, .null, .group, .sorted, .fold: break
            case .unary, .binary, .select, .spread: rows[step.slot] = operands.lazy.compactMap { rows[$0] }.first
            }
            if rows[step.slot] == .readings { readsResources[step.slot] = true }
        }
        self.isDrawn = isDrawn
        self.readsResources = readsResources
        fixed = scratch.slots(program.slotCount)
        prepare(program)
    }

    private mutating func prepare(_ program: Program) {
        var readers: [Int: [Program.Step]] = [:]
        for step in steps {
            for operand in step.operation.operands { readers[operand, default: []].append(step) }
            guard isDrawn[step.slot] else {
                fixed[step.slot] = program.evaluate(step, fixed, tables, by: kernels)
                continue
            }
            switch step.operation {
            case .gather(let slot, let mask) where !isDrawn[slot] && mask.map({ !isDrawn[$0] }) ?? true:
                sources[step.slot] = source(fixed[slot], where: mask.map { fixed[$0] })
            case .sorted(let slot): sources[step.slot] = sources[slot]?.sorted()
            case .span where !step.operation.operands.contains(where: { isDrawn[$0] }):
                spans[step.slot] = span(step.operation, fixed)
            default: break
            }
        }
        for step in steps {
            guard case .gather = step.operation, sources[step.slot] != nil, !outputs.contains(step.slot) else {
                continue
            }
            let isSortedOnly = readers[step.slot]?.allSatisfy { if case .sorted = $0.operation { true } else { false } }
            if isSortedOnly == true { unread.insert(step.slot) }
        }
    }

    private func source(_ value: Value, where mask: Value?) -> Source {
        var source = Source(values: [], samples: [])
        Gather(kernels: kernels).pairs(value, value, where: mask) { sample, value, _ in
            source.values.append(value)
            source.samples.append(sample)
        }
        return source
    }

    private func span(_ operation: Operation, _ values: UnsafeMutableBufferPointer<Value>) -> Span? {
        guard case .span(let start, let end, let mask) = operation else { return nil }
        let condition = mask.map { values[$0] }
        let times = kernels.apply(.subtract, values[end], values[start])
        defer { scratch.giveBack(times) }
        let lengths = source(times, where: condition)
        return Span(
            whole: Gather(kernels: kernels).span(values[start].flat, values[end].flat, where: condition?.flat),
            lengths: lengths,
            meanLength: Summary.mean(lengths.values) ?? .nan)
    }

    /// The outputs' values over each resample, without those that were null; empty for an output that reads resources.
    func outcomes(_ bootstrap: Bootstrap, _ program: Program) -> [[Double]] {
        var outcomes = outputs.map { _ in [Double]() }
        let wanted = outputs.map { isDrawn[$0] && !readsResources[$0] }
        let drawnSteps = steps.filter { isDrawn[$0.slot] && !unread.contains($0.slot) }
        var times = [Int](repeating: 0, count: tables.samples.count)
        let values = fixed
        bootstrap.draw(population.count) { drawn in
            for (row, count) in zip(population, drawn) { times[row] = count }
            for step in drawnSteps {
                values[step.slot] = evaluate(step, values, times, program)
            }
            for (place, slot) in outputs.enumerated() where wanted[place] {
                let value = values[slot].single
                if !value.isNaN { outcomes[place].append(value) }
            }
            for step in drawnSteps { scratch.giveBack(values[step.slot]) }
        }
        return outcomes
    }

    private func evaluate(
        _ step: Program.Step, _ values: UnsafeMutableBufferPointer<Value>, _ times: [Int], _ program: Program
    ) -> Value {
        if let source = sources[step.slot] { return .column(source.repeated(times, in: scratch)) }
        switch step.operation {
        case .countRows(_, let mask):
            guard let mask = mask.map({ values[$0].flat }) else { return .one(Double(times.reduce(0, +))) }
            var count = 0
            for row in 0..<mask.count where Kernels.holds(mask[row]) { count += times[row] }
            return .one(Double(count))
        case .gather(let slot, let mask):
            return .column(source(values[slot], where: mask.map { values[$0] }).repeated(times, in: scratch))
        case .span:
            guard let span = spans[step.slot] ?? span(step.operation, values) else { return .one(.nan) }
            guard load == .closedLoop else { return .one(span.whole) }
            let lengths = span.lengths.repeated(times, in: scratch)
            defer { scratch.giveBack(lengths) }
            return .one(span.whole * (Summary.mean(UnsafeBufferPointer(lengths)) ?? .nan) / span.meanLength)
        case .pairs(let fold, let first, let second, let parameter, let mask):
            var drawn = PairFold.Columns()
            Gather(kernels: kernels).pairs(values[first], values[second], where: mask.map { values[$0] }) {
                drawn.firsts.append(contentsOf: repeatElement($1, count: times[$0]))
                drawn.seconds.append(contentsOf: repeatElement($2, count: times[$0]))
            }
            return .one(fold(drawn, by: values[parameter].single))
        default: return program.evaluate(step, values, tables, by: kernels)
        }
    }
}

extension Program {
    /// The steps that these slots depend on, in order.
    fileprivate func steps(for slots: [Int]) -> [Step] {
        var needed = Set(slots)
        return steps.reversed().filter { step in
            guard needed.contains(step.slot) else { return false }
            needed.formUnion(step.operation.operands)
            return true
        }.reversed()
    }
}

/// Values of result metrics over resamples of one group's requests.
public struct Resamples: Sendable {
    /// Requests that each resample has.
    public let rows: Int
    /// What they were drawn with.
    public let bootstrap: Bootstrap
    /// By metric: its value over each resample that gave one. Empty where the metric reads resources, of which neighbouring
    /// readings are not independent.
    public let outcomes: [String: [Double]]
}

extension FormulaSet {
    /// Values of `result` metrics over resamples of one group's requests (`Bootstrap`).
    ///
    /// All metrics see the same resamples. A `span` of a resample of a closed loop is as long as its requests would have taken
    /// with as many in flight: the whole group's, by the mean length of those drawn over the mean of all, so that a throughput
    /// is a ratio of sums over requests. In an open loop (no `concurrency` among the constants) it stays as it was.
    ///
    /// - Parameters:
    ///   - names: of the metrics that are wanted; one that the set does not have is left out.
    ///   - samples, resources, constants, failures: as in ``evaluate(samples:resources:constants:failures:)``.
    ///   - seed: of the resamples. Groups that are compared need different ones.
    public func resamples(
        of names: [String], samples: SampleTable, resources: ResourceTable, constants: [String: Double] = [:],
        failures: FailedRequests = .leftOut, seed: UInt64 = 1
    ) -> Resamples {
        let program = programs[.result]!
        let all = self.names[.result] ?? []
        let wanted = names.filter { all.contains($0) }
        let tables = Program.Tables(
            samples: samples, resources: resources, constants: constants, failures: failures)
        let counts = counted(tables)
        let population = counts.indices.filter { counts[$0] }
        let resampling = Resampling(
            program, outputs: wanted.map { all.firstIndex(of: $0)! }, on: tables, population: population,
            load: constants["concurrency"] == nil ? .openLoop : .closedLoop)
        let bootstrap = Bootstrap(rows: population.count, seed: seed)
        let outcomes = resampling.outcomes(bootstrap, program)
        return Resamples(
            rows: population.count, bootstrap: bootstrap,
            outcomes: Dictionary(zip(wanted, outcomes), uniquingKeysWith: { first, _ in first }))
    }

    /// 95 % intervals of `result` metrics over one group of samples, by drawing its requests anew (`resamples`).
    ///
    /// - Returns: nothing for a metric that is null, that does not vary (of equal values nothing can be said), that reads
    ///   resources, or that more than half of the resamples had no value of.
    public func intervals(
        of names: [String], samples: SampleTable, resources: ResourceTable, constants: [String: Double] = [:],
        failures: FailedRequests = .leftOut
    ) -> [String: ClosedRange<Double>] {
        let drawn = resamples(
            of: names, samples: samples, resources: resources, constants: constants, failures: failures)
        return drawn.outcomes.compactMapValues { outcomes in
            guard let interval = drawn.bootstrap.interval(from: outcomes, rows: drawn.rows),
                interval.lowerBound < interval.upperBound
            else { return nil }
            return interval
        }
    }

    /// The values of a `sample` metric over the whole answers that count; empty when the set has no such metric.
    public func values(
        of metric: String, samples: SampleTable, constants: [String: Double] = [:]
    ) -> [Double] {
        guard names[.sample]?.contains(metric) == true else { return [] }
        let counts = counted(
            Program.Tables(samples: samples, constants: constants))
        let values = sampleValues(samples: samples, constants: constants)
        let isWhole = values["ok"]
        return values[metric]!.indices.compactMap { row in
            let value = values[metric]![row]
            return counts[row] && isWhole.map { $0[row] == 1 } ?? true && !value.isNaN ? value : nil
        }
    }

    /// Which samples the set's results count.
    private func counted(_ tables: Program.Tables) -> [Bool] {
        let scratch = Scratch()
        defer { withExtendedLifetime(scratch) {} }
        return filter?.run(on: tables, in: scratch)[0].flat.map(Kernels.holds)
            ?? Array(repeating: true, count: tables.samples.count)
    }
}
