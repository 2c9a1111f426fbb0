import Statistics

/// Gives every name a slot, checks shapes and units, and turns expressions into operations.
struct Compiler {
    /// A compiled expression.
    struct Typed {
        let slot: Int
        let shape: Shape
        /// nil when unknown: a bare number, or what was multiplied by one.
        let unit: FormulaUnit?
    }

    /// Where an expression stands, which decides what names mean.
    struct Scope {
        let section: FormulaSet.Section
        /// Inside an aggregate a name that is both a column and a metric of this section means the column.
        var insideAggregate = false
    }

    private(set) var operations: [Operation] = []
    private var slots: [Operation: Int] = [:]
    private(set) var metrics: [FormulaSet.Section: [String: Typed]] = [.sample: [:], .result: [:], .model: [:]]
    private var constants: [String: Typed] = [:]
    /// Result metrics as columns over a model's results.
    private var resultColumns: [String: Typed] = [:]
    /// The condition on all result aggregates over samples.
    private(set) var filterSlot: Int?
    let declared: [FormulaSet.Section: [String]]
    let percentileMethod: Quantile
    let percentileTail: Double

    init(declared: [FormulaSet.Section: [String]], percentileMethod: Quantile, percentileTail: Double) {
        self.declared = declared
        self.percentileMethod = percentileMethod
        self.percentileTail = percentileTail
    }

    // MARK: Declarations

    mutating func declare(constant name: String, _ value: Double, unit: String?) {
        constants[name] = Typed(slot: emit(.number(value)), shape: .one, unit: unit.flatMap(FormulaUnit.init))
    }

    /// Compiles the condition that holds for all result aggregates over samples.
    mutating func declare(filter expression: Expression) throws(ExpressionFault) {
        let typed = try compile(expression, in: Scope(section: .sample))
        guard typed.shape == .samples else {
            throw ExpressionFault(
                .shape, at: expression.offset, "a filter needs one value per sample, found \(typed.shape.words)")
        }
        filterSlot = typed.slot
    }

    mutating func declare(
        _ name: String, in section: FormulaSet.Section, _ expression: Expression, unit: String
    ) throws(ExpressionFault) {
        var typed = try compile(expression, in: Scope(section: section))
        let wanted: Shape = section == .sample ? .samples : .one
        if section == .sample, typed.shape == .one {
            typed = Typed(slot: emit(.fill(typed.slot, .samples)), shape: .samples, unit: typed.unit)
        }
        guard typed.shape == wanted else {
            throw ExpressionFault(
                .shape, at: expression.offset,
                "'\(name)' in '\(section.rawValue)' needs \(wanted.words), found \(typed.shape.words). "
                    + "Fold it with an aggregate, such as mean(…)")
        }
        let stated = FormulaUnit(unit)
        if let stated, let found = typed.unit, stated != found {
            throw ExpressionFault(
                .unit, at: expression.offset,
                "'\(name)' is declared in \(unit), but its expression gives \(found.description)")
        }
        metrics[section]![name] = Typed(slot: typed.slot, shape: typed.shape, unit: stated)
        if section == .result {
            let place = declared[.result]!.firstIndex(of: name)!
            resultColumns[name] = Typed(slot: emit(.result(place)), shape: .results, unit: stated)
        }
    }

    /// The slot of an operation; an equal one is not added again.
    mutating func emit(_ operation: Operation) -> Int {
        if let slot = slots[operation] { return slot }
        operations.append(operation)
        slots[operation] = operations.count - 1
        return operations.count - 1
    }

    // MARK: Expressions

    mutating func compile(_ expression: Expression, in scope: Scope) throws(ExpressionFault) -> Typed {
        switch expression.node {
        case .number(let value): return Typed(slot: emit(.number(value)), shape: .one, unit: nil)
        case .null: return Typed(slot: emit(.null), shape: .one, unit: nil)
        case .name(let name): return try resolve(name, at: expression.offset, in: scope)
        case .unary(let operation, let operand):
            return unary(operation, try compile(operand, in: scope))
        case .binary(let operation, let left, let right):
            let sides = [try compile(left, in: scope), try compile(right, in: scope)]
            return try binary(operation, sides[0], sides[1], of: (left, right), at: expression.offset, in: scope)
        case .call(let name, let arguments, let condition):
            return try call(name, arguments, condition, at: expression.offset, in: scope)
        }
    }

    mutating func unary(_ operation: UnaryOperation, _ operand: Typed) -> Typed {
        let unit: FormulaUnit? =
            switch operation {
            case .negate, .absolute, .floor, .round: operand.unit
            case .not, .isNull, .log10: FormulaUnit.none
            case .squareRoot: operand.unit == FormulaUnit.none ? FormulaUnit.none : nil
            }
        return Typed(slot: emit(.unary(operation, operand.slot)), shape: operand.shape, unit: unit)
    }

    mutating func binary(
        _ operation: BinaryOperation, _ left: Typed, _ right: Typed, of sides: (Expression, Expression), at offset: Int,
        in scope: Scope
    ) throws(ExpressionFault) -> Typed {
        let shape = try join(left.shape, right.shape, "'\(operation.symbol)'", at: offset)
        let unit: FormulaUnit?
        switch operation {
        case .add, .subtract, .minimum, .maximum, .coalesce:
            unit = try unify(left, right, "'\(operation.symbol)'", of: sides, at: offset, in: scope)
        case _ where operation.isComparison:
            _ = try unify(left, right, "'\(operation.symbol)'", of: sides, at: offset, in: scope)
            unit = FormulaUnit.none
        case .multiply, .divide:
            let sign = operation == .multiply ? 1 : -1
            unit = left.unit.flatMap { left in right.unit.map { left.combined(with: $0, sign: sign) } }
        case .power: unit = nil
        default: unit = FormulaUnit.none
        }
        return Typed(slot: emit(.binary(operation, left.slot, right.slot)), shape: shape, unit: unit)
    }

    func join(_ left: Shape, _ right: Shape, _ what: String, at offset: Int) throws(ExpressionFault) -> Shape {
        guard let shape = left.joined(with: right) else {
            throw ExpressionFault(
                .shape, at: offset,
                "\(what) cannot put \(left.words) beside \(right.words). Fold one of them with an aggregate first")
        }
        return shape
    }

    /// The unit that both sides share; a side of unknown unit takes that of the other.
    func unify(
        _ left: Typed, _ right: Typed, _ what: String, of sides: (Expression, Expression), at offset: Int,
        in scope: Scope
    ) throws(ExpressionFault) -> FormulaUnit? {
        guard let one = left.unit, let other = right.unit else { return left.unit ?? right.unit }
        guard one != other else { return one }
        var guess = ""
        if case .name(let name) = sides.1.node {
            guess = Guess.sentence(for: name, among: names(in: scope) { $0 == one })
        }
        if guess.isEmpty, case .name(let name) = sides.0.node {
            guess = Guess.sentence(for: name, among: names(in: scope) { $0 == other })
        }
        throw ExpressionFault(
            .unit, at: offset,
            "\(what) needs one unit, found \(one.description) on the left and \(other.description) on the right."
                + guess)
    }

    // MARK: Names

    private mutating func resolve(_ name: String, at offset: Int, in scope: Scope) throws(ExpressionFault) -> Typed {
        if let typed = constants[name] { return typed }
        let metric = metrics[scope.section]?[name]
        let column = column(name, in: scope)
        if let found = scope.insideAggregate ? column ?? metric : metric ?? column { return found }
        if scope.section == .result, let typed = input(name, shapes: [.one]) { return typed }
        throw unresolved(name, at: offset, in: scope)
    }

    /// What a name means as a column: inputs and sample metrics below `model`, result metrics there.
    private mutating func column(_ name: String, in scope: Scope) -> Typed? {
        switch scope.section {
        case .sample: input(name, shapes: [.samples, .chunks, .gaps, .one])
        case .result: metrics[.sample]?[name] ?? input(name, shapes: [.samples, .chunks, .gaps, .readings])
        case .model: resultColumns[name]
        }
    }

    private mutating func input(_ name: String, shapes: Set<Shape>) -> Typed? {
        guard let place = InputCatalogue.place(of: name) else { return nil }
        let input = InputCatalogue.all[place]
        let shape = input.shape.shape
        guard shapes.contains(shape) else { return nil }
        let operation: Operation =
            switch shape {
            case .chunks, .gaps: .array(place)
            case .readings: .column(.readings, place)
            case .one: .group(place)
            default: .column(.samples, place)
            }
        return Typed(slot: emit(operation), shape: shape, unit: FormulaUnit(input.unit))
    }

    private func unresolved(_ name: String, at offset: Int, in scope: Scope) -> ExpressionFault {
        if declared[scope.section]?.contains(name) == true {
            return ExpressionFault(
                .order, at: offset,
                "'\(name)' is not yet defined here: a metric can use the ones above it, neither itself nor those below")
        }
        if let function = FormulaFunction.named(name) {
            return ExpressionFault(.unknownName, at: offset, "'\(name)' is a function: write \(function.usage)")
        }
        let place = "'\(scope.section.rawValue)'"
        if let input = InputCatalogue.input(named: name) {
            return ExpressionFault(
                .unknownName, at: offset,
                "'\(name)' (\(input.shape.rawValue)) cannot be used in \(place)"
                    + (scope.section == .model ? ", which sees the set's result metrics" : ". Use it in 'result'"))
        }
        let other = FormulaSet.Section.allCases.first { declared[$0]?.contains(name) == true }
        if let other {
            return ExpressionFault(
                .unknownName, at: offset, "'\(name)' is a metric of '\(other.rawValue)' and cannot be used in \(place)")
        }
        return ExpressionFault(
            .unknownName, at: offset,
            "unknown name '\(name)'." + Guess.sentence(for: name, among: names(in: scope) { _ in true }))
    }

    /// All names that mean something at a place and have a wanted unit.
    private func names(in scope: Scope, where wanted: (FormulaUnit?) -> Bool) -> [String] {
        var typed = constants.merging(metrics[scope.section]!) { first, _ in first }
        var shapes: Set<Shape> = []
        switch scope.section {
        case .sample: shapes = [.samples, .chunks, .gaps, .one]
        case .result:
            typed.merge(metrics[.sample]!) { first, _ in first }
            shapes = [.one, .samples, .chunks, .gaps, .readings]
        case .model: typed.merge(resultColumns) { first, _ in first }
        }
        let inputs = InputCatalogue.all.filter { shapes.contains($0.shape.shape) && wanted(FormulaUnit($0.unit)) }
        return typed.filter { wanted($0.value.unit) }.map(\.key) + inputs.map(\.name)
    }
}
