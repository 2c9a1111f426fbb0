import Statistics

/// One step of a compiled set. Operands are the slots of earlier steps; equal steps share a slot, so what several
/// metrics have in common (a condition, a sorted column) is computed once.
enum Operation: Hashable, Sendable {
    case number(Double)
    case null
    /// An input with one value per row of its table, by its place in the catalogue.
    case column(Table, Int)
    /// An input with an array per sample, likewise.
    case array(Int)
    /// A constant of the group, likewise.
    case group(Int)
    /// A metric of each result of a model, by its place in the set.
    case result(Int)
    case unary(UnaryOperation, Int)
    case binary(BinaryOperation, Int, Int)
    case select(Int, then: Int, else: Int)
    /// One value on every row of a table.
    case fill(Int, Table)
    /// One value, in the shape of another slot.
    case spread(Int, like: Int)
    /// How many rows of a table there are, where the mask holds.
    case countRows(Table, mask: Int?)
    /// The values that are not null, where the mask holds.
    case gather(Int, mask: Int?)
    /// Gathered values in ascending order.
    case sorted(Int)
    /// Gathered (and for quantiles, sorted) values folded into one.
    case fold(Fold, Int)
    /// From the smallest of one column to the largest of another, where the mask holds.
    case span(Int, Int, mask: Int?)
    /// Values of two columns, one beside the other where neither is null and the mask holds, folded into one by a parameter.
    case pairs(PairFold, Int, Int, by: Int, mask: Int?)
    /// Each sample's own array folded into one value per sample.
    case foldEach(Fold, Int, mask: Int?)

    /// The input that it reads, by its place in the catalogue; nil when it reads none.
    var input: Int? {
        switch self {
        case .column(_, let place), .array(let place), .group(let place): place
        default: nil
        }
    }

    /// The slots it reads.
    var operands: [Int] {
        switch self {
        case .number, .null, .column, .array, .group, .result: []
        case .countRows(_, let mask): mask.map { [$0] } ?? []
        case .unary(_, let a), .fill(let a, _), .sorted(let a), .fold(_, let a): [a]
        case .binary(_, let a, let b), .spread(let a, let b): [a, b]
        case .select(let a, let b, let c): [a, b, c]
        case .span(let a, let b, let mask): [a, b] + (mask.map { [$0] } ?? [])
        case .pairs(_, let a, let b, let c, let mask): [a, b, c] + (mask.map { [$0] } ?? [])
        case .gather(let a, let mask), .foldEach(_, let a, let mask): [a] + (mask.map { [$0] } ?? [])
        }
    }
}

/// Tables whose rows formulas run over.
enum Table: Hashable, Sendable {
    case samples, readings, results
}

/// A fold of many values into one.
enum Fold: Hashable, Sendable {
    case count, sum, mean, standardDeviation, minimum, maximum, first, last
    case trimmedMean(Double)
    /// Null of fewer values than that.
    case quantile(Double, Quantile, atLeast: Int)

    var needsOrder: Bool {
        switch self {
        case .trimmedMean, .quantile: true
        default: false
        }
    }

    /// The fold of values without NaN, ascending where it needs order; NaN when there is none.
    func callAsFunction(_ column: Column) -> Double {
        let values = UnsafeBufferPointer(column)
        let result: Double? =
            switch self {
            case .count: Double(values.count)
            case .sum: Summary.sum(values)
            case .mean: Summary.mean(values)
            case .standardDeviation: Summary.standardDeviation(values)
            case .minimum: values.min()
            case .maximum: values.max()
            case .first: values.first
            case .last: values.last
            case .trimmedMean(let fraction): Summary.trimmedMean(fraction, of: values)
            case .quantile(let share, let method, let needed):
                values.count < needed ? nil : method.value(share, of: values)
            }
        return result ?? .nan
    }
}

/// A fold of pairs of values into one, by a parameter.
enum PairFold: Hashable, Sendable {
    /// Values and their weights, by a share.
    case weightedQuantile
    /// Starts and ends, by the width of a stretch.
    case mostAtOnce

    /// Two columns of the same length, without NaN.
    struct Columns {
        var firsts: [Double] = []
        var seconds: [Double] = []
    }

    /// The fold of some pairs; NaN when it has no value.
    func callAsFunction(_ pairs: Columns, by parameter: Double) -> Double {
        switch self {
        case .weightedQuantile:
            WeightedQuantile.value(parameter, of: pairs.firsts, weights: pairs.seconds) ?? .nan
        case .mostAtOnce:
            Crowding.most(starts: pairs.firsts, ends: pairs.seconds, width: parameter).map(Double.init) ?? .nan
        }
    }
}
