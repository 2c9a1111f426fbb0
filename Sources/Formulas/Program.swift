import Statistics

/// The steps that give some outputs, in order, with each value let go after its last use.
struct Program: Sendable {
    struct Step: Sendable {
        let slot: Int
        let operation: Operation
        /// Slots that nothing reads after this step.
        let released: [Int]
    }

    let steps: [Step]
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
        steps = operations.indices.filter { needed[$0] }.map { slot in
            let released = Set(operations[slot].operands).filter { lastUse[$0] == slot }
            return Step(slot: slot, operation: operations[slot], released: released.sorted())
        }
        slotCount = operations.count
        self.outputs = outputs
        inputs = Set(
            steps.compactMap {
                switch $0.operation {
                case .column(let table, let name) where table != .results: name
                case .array(let name), .group(let name): name
                default: nil
                }
            })
    }

    /// What a program reads.
    struct Tables {
        var samples = SampleTable(count: 0)
        var resources = ResourceTable(count: 0)
        var results: [[String: Double?]] = []
        var constants: [String: Double] = [:]

        func rows(of table: Table) -> Int {
            switch table {
            case .samples: samples.count
            case .readings: resources.count
            case .results: results.count
            }
        }

        /// A column, null throughout when it is not there.
        func column(_ name: String, of table: Table) -> [Double] {
            switch table {
            case .samples: samples[name] ?? nulls(table)
            case .readings: resources[name] ?? nulls(table)
            case .results: results.map { ($0[name] ?? nil) ?? .nan }
            }
        }

        func array(_ name: String) -> RaggedColumn {
            samples[array: name]
                ?? RaggedColumn(values: [], offsets: Array(repeating: 0, count: samples.count + 1))
        }

        private func nulls(_ table: Table) -> [Double] { Array(repeating: .nan, count: rows(of: table)) }
    }

    /// The outputs' values, in their order.
    func run(on tables: Tables) -> [Value] {
        var values: [Value] = Array(repeating: .one(.nan), count: slotCount)
        for step in steps {
            values[step.slot] = evaluate(step.operation, values, tables)
            for slot in step.released { values[slot] = .one(.nan) }
        }
        return outputs.map { values[$0] }
    }

    func evaluate(_ operation: Operation, _ values: [Value], _ tables: Tables) -> Value {
        switch operation {
        case .number(let number): .one(number)
        case .null: .one(.nan)
        case .column(let table, let name): .column(tables.column(name, of: table))
        case .array(let name): .arrays(tables.array(name))
        case .group(let name): .one(tables.constants[name] ?? .nan)
        case .unary(let operation, let operand): Kernels.apply(operation, values[operand])
        case .binary(let operation, let left, let right): Kernels.apply(operation, values[left], values[right])
        case .select(let condition, let then, let other): Kernels.select(values[condition], values[then], values[other])
        case .fill(let slot, let table): .column(Array(repeating: values[slot].single, count: tables.rows(of: table)))
        case .spread(let slot, let like): values[like].filled(with: values[slot].single)
        case .gather(let slot, let mask): .column(Gather.all(values[slot], where: mask.map { values[$0] }))
        case .sorted(let slot): .column(values[slot].flat.sorted())
        case .fold(let fold, let slot): .one(fold(values[slot].flat))
        case .span(let start, let end, let mask):
            .one(Gather.span(values[start].flat, values[end].flat, where: mask.map { values[$0].flat }))
        case .pairs(let fold, let first, let second, let parameter, let mask):
            .one(
                fold(
                    Gather.pairs(values[first], values[second], where: mask.map { values[$0] }),
                    by: values[parameter].single))
        case .foldEach(let fold, let slot, let mask):
            .column(Gather.each(values[slot], where: mask.map { values[$0] }, fold: fold))
        }
    }
}

extension Value {
    /// The value of a slot that the compiler has found to hold one.
    var single: Double {
        guard case .one(let value) = self else { preconditionFailure("the slot holds a column") }
        return value
    }

    /// All values of a column or of all arrays.
    var flat: [Double] {
        switch self {
        case .one(let value): [value]
        case .column(let values): values
        case .arrays(let arrays): arrays.values
        }
    }

    func filled(with value: Double) -> Value {
        switch self {
        case .one: .one(value)
        case .column(let values): .column(Array(repeating: value, count: values.count))
        case .arrays(let arrays): .arrays(arrays.with(Array(repeating: value, count: arrays.values.count)))
        }
    }
}

/// Picks the values that an aggregate sees: those that are not null where its condition holds.
enum Gather {
    static func all(_ value: Value, where mask: Value?) -> [Double] {
        guard case .arrays(let arrays) = value else { return picked(value.flat, where: mask?.flat) }
        guard case .column(let column) = mask else {
            return picked(arrays.values, where: mask.map { arrays.matching($0) })
        }
        // One decision per sample for its whole array.
        var result: [Double] = []
        result.reserveCapacity(arrays.values.count)
        for sample in 0..<arrays.count where Kernels.holds(column[sample]) {
            result.append(contentsOf: arrays.values[arrays.offsets[sample]..<arrays.offsets[sample + 1]])
        }
        return picked(result, where: nil)
    }

    /// From the smallest start to the largest end; NaN of none.
    static func span(_ starts: [Double], _ ends: [Double], where mask: [Double]?) -> Double {
        let first = picked(starts, where: mask).min() ?? .nan
        return (picked(ends, where: mask).max() ?? .nan) - first
    }

    /// Two columns' values side by side, where neither is null; a value of the second stands beside all of its own in the first.
    static func pairs(_ first: Value, _ second: Value, where mask: Value?) -> PairFold.Columns {
        var pairs = PairFold.Columns()
        let left = first.flat
        let right: [Double]
        let condition: [Double]?
        if case .arrays(let arrays) = first {
            right = arrays.matching(second)
            condition = mask.map { arrays.matching($0) }
        } else {
            right = second.flat
            condition = mask?.flat
        }
        for index in left.indices where !left[index].isNaN && !right[index].isNaN {
            if let condition, !Kernels.holds(condition[index]) { continue }
            pairs.firsts.append(left[index])
            pairs.seconds.append(right[index])
        }
        return pairs
    }

    static func each(_ value: Value, where mask: Value?, fold: Fold) -> [Double] {
        guard case .arrays(let arrays) = value else { preconditionFailure("the slot holds no arrays") }
        let mask = mask.map { arrays.matching($0) }
        return (0..<arrays.count).map { sample in
            let range = arrays.offsets[sample]..<arrays.offsets[sample + 1]
            let own = picked(Array(arrays.values[range]), where: mask.map { Array($0[range]) })
            return fold(fold.needsOrder ? own.sorted() : own)
        }
    }

    /// Branch-free: every value is written, and only a picked one moves the end.
    private static func picked(_ values: [Double], where mask: [Double]?) -> [Double] {
        values.withUnsafeBufferPointer { values in
            Array(unsafeUninitializedCapacity: values.count) { result, count in
                var end = 0
                if let mask {
                    precondition(mask.count == values.count, "a condition has one value per row")
                    mask.withUnsafeBufferPointer { mask in
                        for index in 0..<values.count {
                            let value = values[index]
                            result[end] = value
                            end &+= Kernels.holds(mask[index]) && !value.isNaN ? 1 : 0
                        }
                    }
                } else {
                    for index in 0..<values.count {
                        let value = values[index]
                        result[end] = value
                        end &+= value.isNaN ? 0 : 1
                    }
                }
                count = end
            }
        }
    }
}
