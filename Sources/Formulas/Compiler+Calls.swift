import Statistics

extension Compiler {
    mutating func call(
        _ name: String, _ arguments: [Expression], _ condition: Expression?, at offset: Int, in scope: Scope
    ) throws(ExpressionFault) -> Typed {
        guard let function = FormulaFunction.named(name) else {
            throw ExpressionFault(
                .unknownFunction, at: offset,
                "unknown function '\(name)'." + Guess.sentence(for: name, among: FormulaFunction.all.map(\.name)))
        }
        guard function.arity.contains(arguments.count) else {
            let arity = function.arity
            let wanted =
                arity.count == 1
                ? "\(arity.lowerBound)"
                : "\(arity.lowerBound) to \(arity.upperBound)"
            throw ExpressionFault(
                .arguments, at: offset,
                "'\(name)' takes \(wanted) argument\(arity == 1...1 ? "" : "s"), found \(arguments.count): "
                    + "\(function.usage)")
        }
        if name == "weighted_percentile" || name == "most_at_once" {
            return try pairs(name, arguments, condition, at: offset, in: scope)
        }
        if name == "span" { return try span(arguments, condition, at: offset, in: scope) }
        let comparesArguments = (name == "min" || name == "max") && arguments.count > 1
        if function.isAggregate, !comparesArguments {
            return try aggregate(name, arguments, condition, at: offset, in: scope)
        }
        if let condition {
            throw ExpressionFault(
                .arguments, at: condition.offset,
                "'\(name)' takes no 'where' here, since it does not fold many values into one")
        }
        return try scalar(name, arguments, at: offset, in: scope)
    }

    // MARK: Functions of the values in one row

    private mutating func scalar(
        _ name: String, _ arguments: [Expression], at offset: Int, in scope: Scope
    ) throws(ExpressionFault) -> Typed {
        var typed: [Typed] = []
        for argument in arguments { typed.append(try compile(argument, in: scope)) }
        switch name {
        case "abs": return unary(.absolute, typed[0])
        case "floor": return unary(.floor, typed[0])
        case "round": return unary(.round, typed[0])
        case "sqrt": return unary(.squareRoot, typed[0])
        case "log10": return unary(.log10, typed[0])
        case "is_null": return unary(.isNull, typed[0])
        case "if":
            let values = try join(typed[1].shape, typed[2].shape, "'if'", at: offset)
            let shape = try join(typed[0].shape, values, "'if'", at: offset)
            let unit = try unify(typed[1], typed[2], "'if'", of: (arguments[1], arguments[2]), at: offset, in: scope)
            let select = Operation.select(typed[0].slot, then: typed[1].slot, else: typed[2].slot)
            return Typed(slot: emit(select), shape: shape, unit: unit)
        case "clamp":
            let above = try binary(
                .maximum, typed[0], typed[1], of: (arguments[0], arguments[1]), at: offset, in: scope)
            return try binary(.minimum, above, typed[2], of: (arguments[0], arguments[2]), at: offset, in: scope)
        default:
            let operation: BinaryOperation = name == "min" ? .minimum : name == "max" ? .maximum : .coalesce
            var result = typed[0]
            for index in arguments.indices.dropFirst() {
                result = try binary(
                    operation, result, typed[index], of: (arguments[0], arguments[index]), at: offset, in: scope)
            }
            return result
        }
    }

    // MARK: Aggregates

    private mutating func aggregate(
        _ name: String, _ arguments: [Expression], _ condition: Expression?, at offset: Int, in scope: Scope
    ) throws(ExpressionFault) -> Typed {
        let fold = try fold(name, arguments, at: offset)
        var inside = scope
        inside.insideAggregate = true
        let value = try arguments.first.map { argument throws(ExpressionFault) in try compile(argument, in: inside) }
        var mask = try condition.map { condition throws(ExpressionFault) in try compile(condition, in: inside) }

        let shape = try target(value, mask, name, arguments.isEmpty, at: arguments.first?.offset ?? offset, in: scope)
        if let mask, shape.joined(with: mask.shape) != shape {
            throw ExpressionFault(
                .shape, at: condition!.offset,
                "the condition has \(mask.shape.words), but '\(name)' runs over \(shape.words)")
        }
        if let found = mask, found.shape == .one {
            mask = Typed(slot: emit(.fill(found.slot, shape.table!)), shape: .samples, unit: nil)
        }
        if value == nil, fold == .count, let table = shape.table, !shape.isArray, table != .results {
            let filter = table == .samples ? filterSlot : nil
            let rows = mask.map { mask in filter.map { emit(.binary(.and, $0, mask.slot)) } ?? mask.slot } ?? filter
            return Typed(slot: emit(.countRows(table, mask: rows)), shape: .one, unit: FormulaUnit.none)
        }
        var column = value?.slot ?? emit(.number(1))
        if value == nil || value?.shape == .one {
            column =
                shape.isArray ? emit(.spread(column, like: mask!.slot)) : emit(.fill(column, shape.table!))
        }
        let unit = fold == .count ? FormulaUnit.none : value?.unit
        if scope.section == .sample {
            return Typed(slot: emit(.foldEach(fold, column, mask: mask?.slot)), shape: .samples, unit: unit)
        }
        var rows = mask?.slot
        if shape.table == .samples, let filter = filterSlot {
            rows = rows.map { emit(.binary(.and, filter, $0)) } ?? filter
        }
        var gathered = emit(.gather(column, mask: rows))
        if fold.needsOrder { gathered = emit(.sorted(gathered)) }
        return Typed(slot: emit(.fold(fold, gathered)), shape: .one, unit: unit)
    }

    /// The time from the first start to the last end of the samples that count.
    private mutating func span(
        _ arguments: [Expression], _ condition: Expression?, at offset: Int, in scope: Scope
    ) throws(ExpressionFault) -> Typed {
        guard scope.section == .result else {
            throw ExpressionFault(.shape, at: offset, "'span' runs over samples. It belongs in 'result'")
        }
        var inside = scope
        inside.insideAggregate = true
        let start = try compile(arguments[0], in: inside)
        let end = try compile(arguments[1], in: inside)
        var mask = try condition.map { condition throws(ExpressionFault) in try compile(condition, in: inside) }
        if let found = mask, found.shape == .one {
            mask = Typed(slot: emit(.fill(found.slot, .samples)), shape: .samples, unit: nil)
        }
        for (typed, place) in [(start, arguments[0]), (end, arguments[1])] where typed.shape != .samples {
            throw ExpressionFault(
                .shape, at: place.offset, "'span' needs one value per sample, found \(typed.shape.words)")
        }
        if let mask, mask.shape != .samples {
            throw ExpressionFault(
                .shape, at: condition!.offset,
                "the condition has \(mask.shape.words), but 'span' runs over \(Shape.samples.words)")
        }
        let unit = try unify(start, end, "'span'", of: (arguments[0], arguments[1]), at: offset, in: scope)
        let rows = mask.map { mask in filterSlot.map { emit(.binary(.and, $0, mask.slot)) } ?? mask.slot } ?? filterSlot
        return Typed(slot: emit(.span(start.slot, end.slot, mask: rows)), shape: .one, unit: unit)
    }

    /// A fold of two columns, one beside the other, by a third argument.
    private mutating func pairs(
        _ name: String, _ arguments: [Expression], _ condition: Expression?, at offset: Int, in scope: Scope
    ) throws(ExpressionFault) -> Typed {
        guard scope.section == .result else {
            throw ExpressionFault(.shape, at: offset, "'\(name)' runs over samples. It belongs in 'result'")
        }
        var inside = scope
        inside.insideAggregate = true
        let first = try compile(arguments[0], in: inside)
        var second = try compile(arguments[1], in: inside)
        var mask = try condition.map { condition throws(ExpressionFault) in try compile(condition, in: inside) }
        guard first.shape.table == .samples else {
            throw ExpressionFault(
                .shape, at: arguments[0].offset,
                "'\(name)' needs values of samples, of their chunks or of their gaps, found \(first.shape.words)")
        }
        for (typed, place) in [(second, arguments[1])] + (mask.map { [($0, condition!)] } ?? [])
        where first.shape.joined(with: typed.shape) != first.shape {
            throw ExpressionFault(
                .shape, at: place.offset,
                "'\(name)' runs over \(first.shape.words), and cannot put \(typed.shape.words) beside each")
        }
        if second.shape == .one {
            second = Typed(slot: emit(.fill(second.slot, .samples)), shape: .samples, unit: second.unit)
        }
        if let found = mask, found.shape == .one {
            mask = Typed(slot: emit(.fill(found.slot, .samples)), shape: .samples, unit: nil)
        }
        let rows = mask.map { mask in filterSlot.map { emit(.binary(.and, $0, mask.slot)) } ?? mask.slot } ?? filterSlot
        let fold: PairFold = name == "most_at_once" ? .mostAtOnce : .weightedQuantile
        let parameter: Int
        switch fold {
        case .weightedQuantile:
            guard case .number(let percent) = arguments[2].node, percent <= 100 else {
                throw ExpressionFault(
                    .arguments, at: arguments[2].offset,
                    "the third argument of 'weighted_percentile' must be a number from 0 to 100")
            }
            parameter = emit(.number(percent / 100))
        case .mostAtOnce:
            _ = try unify(first, second, "'most_at_once'", of: (arguments[0], arguments[1]), at: offset, in: scope)
            let width = try compile(arguments[2], in: scope)
            guard width.shape == .one else {
                throw ExpressionFault(
                    .shape, at: arguments[2].offset,
                    "the width of 'most_at_once' must be a single value, found \(width.shape.words)")
            }
            _ = try unify(first, width, "'most_at_once'", of: (arguments[0], arguments[2]), at: offset, in: scope)
            parameter = width.slot
        }
        return Typed(
            slot: emit(.pairs(fold, first.slot, second.slot, by: parameter, mask: rows)), shape: .one,
            unit: fold == .mostAtOnce ? FormulaUnit.none : first.unit)
    }

    /// The shape of the values that an aggregate runs over.
    private func target(
        _ value: Typed?, _ mask: Typed?, _ name: String, _ countsRows: Bool, at offset: Int, in scope: Scope
    ) throws(ExpressionFault) -> Shape {
        var shape = value?.shape ?? .one
        if shape == .one { shape = mask?.shape ?? .one }
        if shape == .one, countsRows, scope.section != .sample {
            shape = scope.section == .model ? .results : .samples
        }
        if scope.section == .sample, !shape.isArray {
            throw ExpressionFault(
                .shape, at: offset,
                "'\(name)' in 'sample' folds one sample's own array (gaps, chunk_times, chunk_sizes), found "
                    + "\(shape.words). Aggregates over samples belong in 'result'")
        }
        guard shape != .one else {
            throw ExpressionFault(
                .shape, at: offset,
                "'\(name)' has nothing to fold: this is a single value. Leave the aggregate out, or name a column")
        }
        return shape
    }

    private func fold(_ name: String, _ arguments: [Expression], at offset: Int) throws(ExpressionFault) -> Fold {
        switch name {
        case "count": return .count
        case "sum": return .sum
        case "mean": return .mean
        case "stddev": return .standardDeviation
        case "min": return .minimum
        case "max": return .maximum
        case "first": return .first
        case "last": return .last
        case "median": return .quantile(0.5, .linear, atLeast: 0)
        case "trimmed_mean":
            guard case .number(let fraction) = arguments[1].node, fraction < 0.5 else {
                throw ExpressionFault(
                    .arguments, at: arguments[1].offset,
                    "the fraction of 'trimmed_mean' must be a number from 0 to below 0.5")
            }
            return .trimmedMean(fraction)
        case "percentile":
            guard case .number(let percent) = arguments[1].node else {
                throw ExpressionFault(
                    .arguments, at: arguments[1].offset, "the second argument of 'percentile' must be a number")
            }
            guard arguments.count > 2 else {
                return try quantile(percent, percentileMethod, at: arguments[1].offset)
            }
            guard case .name(let text) = arguments[2].node, let method = Quantile(rawValue: text) else {
                guard case .name(let text) = arguments[2].node else {
                    throw ExpressionFault(
                        .arguments, at: arguments[2].offset, "the third argument of 'percentile' must name a method")
                }
                throw ExpressionFault(.unknownFunction, at: arguments[2].offset, Quantile.unknown(text))
            }
            return try quantile(percent, method, at: arguments[1].offset)
        default:
            return try quantile(FormulaFunction.percent(in: name) ?? 50, percentileMethod, at: offset)
        }
    }

    private func quantile(_ percent: Double, _ method: Quantile, at offset: Int) throws(ExpressionFault) -> Fold {
        guard percent <= 100 else {
            throw ExpressionFault(.arguments, at: offset, "a percentile lies between 0 and 100, found \(percent)")
        }
        guard method != .upperMedian || percent == 50 else {
            throw ExpressionFault(
                .arguments, at: offset, "'upper_median' gives the 50th percentile only; 'floor_rank' gives the others")
        }
        return .quantile(percent / 100, method, atLeast: valuesNeeded(percent))
    }

    /// How many values a percentile needs, so that as many as the set asks for lie beyond it. The median has no tail: it is
    /// the middle of however few there are.
    private func valuesNeeded(_ percent: Double) -> Int {
        guard percent != 50, percentileTail > 0 else { return 0 }
        let beyond = percent > 50 ? 100 - percent : percent
        // 100 − 99.9 is a little less than 0.1; no percentile has none beyond it.
        let needed = (100 * percentileTail / beyond - 1e-6).rounded(.up)
        return needed < 1e15 ? Int(needed) : .max
    }
}
