import Statistics

/// The steps that give some outputs, in order, with each value let go after its last use.
struct Program: Sendable {
    struct Step: Sendable {
        let slot: Int
        let operation: Operation
        /// Where in the program's `released` the slots stand that nothing reads after this step.
        let released: Range<Int>
    }

    // A step holds plain numbers only: to go over them costs no counting of references.
    let steps: [Step]
    private let released: [Int]
    let slotCount: Int
    let outputs: [Int]
    /// Names of the inputs that the steps read.
    let inputs: Set<String>

    /// - Parameter operations: of the whole set; only the ones that `outputs` depend on become steps.
    init(_ operations: [Operation], outputs: [Int]) {
        var needed = Array(repeating: false, count: operations.count)
        var lastUse = Array(operations.indices)
        for output in outputs {
            needed[output] = true
            lastUse[output] = operations.count
        }
        for slot in operations.indices.reversed() where needed[slot] {
            for operand in operations[slot].operands {
                needed[operand] = true
                lastUse[operand] = max(lastUse[operand], slot)
            }
        }
        var released: [Int] = []
        steps = operations.indices.filter { needed[$0] }.map { slot in
            let first = released.count
            released += Set(operations[slot].operands).filter { lastUse[$0] == slot }.sorted()
            return Step(slot: slot, operation: operations[slot], released: first..<released.count)
        }
        self.released = released
        slotCount = operations.count
        self.outputs = outputs
        inputs = Set(steps.compactMap { $0.operation.input.map { InputCatalogue.all[$0].name } })
    }

    /// What a program reads.
    struct Tables {
        var samples: any SampleSource = SampleTable(count: 0)
        var resources = ResourceTable(count: 0)
        var results: [[String: Double?]] = []
        /// Names of the set's result metrics, in its order.
        var resultNames: [String] = []
        var constants: [String: Double] = [:]
        var failures = FormulaSet.FailedRequests.leftOut

        /// A constant of the group, by its place in the catalogue; NaN when it is null.
        func constant(_ place: Int) -> Double {
            let name = InputCatalogue.all[place].name
            return name == FormulaSet.FailedRequests.input ? failures.value : constants[name] ?? .nan
        }

        func rows(of table: Table) -> Int {
            switch table {
            case .samples: samples.count
            case .readings: resources.count
            case .results: results.count
            }
        }
    }

    /// The outputs' values, in their order. Their columns are good until the scratch is reset.
    func run(on tables: Tables, in scratch: Scratch) -> [Value] {
        let values = scratch.slots(slotCount)
        let kernels = Kernels(scratch: scratch)
        for step in steps {
            values[step.slot] = evaluate(step, values, tables, by: kernels)
            for place in step.released { scratch.giveBack(values[released[place]]) }
        }
        return outputs.map { values[$0] }
    }

    func evaluate(
        _ step: Step, _ values: UnsafeMutableBufferPointer<Value>, _ tables: Tables, by kernels: Kernels
    ) -> Value {
        let scratch = kernels.scratch
        let gather = Gather(kernels: kernels)
        switch step.operation {
        case .number(let number): return .one(number)
        case .null: return .one(.nan)
        case .column(let table, let place): return .column(column(place, of: table, tables, in: scratch))
        case .array(let place): return .arrays(arrays(place, of: tables.samples, in: scratch))
        case .group(let place): return .one(tables.constant(place))
        case .result(let place):
            let name = tables.resultNames[place]
            let column = scratch.column(tables.results.count)
            for (row, result) in tables.results.enumerated() { column[row] = (result[name] ?? nil) ?? .nan }
            return .column(column)
        case .countRows(let table, let mask):
            return .one(Double(mask.map { Gather.count(where: values[$0].flat) } ?? tables.rows(of: table)))
        case .unary(let operation, let operand): return kernels.apply(operation, values[operand])
        case .binary(let operation, let left, let right):
            return kernels.apply(operation, values[left], values[right])
        case .select(let condition, let then, let other):
            return kernels.select(values[condition], values[then], values[other])
        case .fill(let slot, let table): return .column(kernels.fill(values[slot].single, tables.rows(of: table)))
        case .spread(let slot, let like): return kernels.spread(values[slot].single, like: values[like])
        case .gather(let slot, let mask):
            return .column(gather.all(values[slot], where: mask.map { values[$0] }))
        case .sorted(let slot): return .column(sorted(values[slot].flat, in: scratch))
        case .fold(let fold, let slot): return .one(fold(values[slot].flat))
        case .span(let start, let end, let mask):
            return .one(gather.span(values[start].flat, values[end].flat, where: mask.map { values[$0].flat }))
        case .pairs(let fold, let first, let second, let parameter, let mask):
            var pairs = PairFold.Columns()
            gather.pairs(values[first], values[second], where: mask.map { values[$0] }) {
                pairs.firsts.append($1)
                pairs.seconds.append($2)
            }
            return .one(fold(pairs, by: values[parameter].single))
        case .foldEach(let fold, let slot, let mask):
            return .column(gather.each(values[slot], where: mask.map { values[$0] }, fold: fold))
        }
    }

    /// A column, null throughout when it is not there.
    private func column(_ input: Int, of table: Table, _ tables: Tables, in scratch: Scratch) -> Column {
        let column = scratch.column(tables.rows(of: table))
        guard let start = column.baseAddress else { return column }
        if table == .samples, tables.samples.read(input, into: start) { return column }
        if table == .readings, let values = tables.resources[InputCatalogue.all[input].name] {
            _ = column.update(from: values)
        } else {
            column.update(repeating: .nan)
        }
        return column
    }

    private func arrays(_ input: Int, of samples: any SampleSource, in scratch: Scratch) -> Value.Arrays {
        let offsets = scratch.offsets(samples.count + 1)
        let values = scratch.column(samples.lengthOfArrays(input))
        samples.readArrays(input, into: values.baseAddress!, offsets: offsets.baseAddress!)
        return Value.Arrays(values: values, offsets: offsets)
    }

    private func sorted(_ values: Column, in scratch: Scratch) -> Column {
        let sorted = scratch.column(values.count)
        Sorting.ascending(UnsafeBufferPointer(values), into: sorted)
        return sorted
    }
}
