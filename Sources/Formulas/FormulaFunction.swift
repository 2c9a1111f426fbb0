import Statistics

/// A function of the formula language, for the manual and for messages.
public struct FormulaFunction: Sendable, Equatable {
    /// The name before the parenthesis; `p50` stands for every `pN`.
    public let name: String
    /// How it is called.
    public let usage: String
    /// What it gives, in a sentence.
    public let doc: String
    /// Whether it folds many values into one and so takes `where`.
    public let isAggregate: Bool
    let arity: ClosedRange<Int>

    /// Every function, in the order in which a manual should list them.
    public static let all: [FormulaFunction] = aggregates + scalars

    static let scalars: [FormulaFunction] = [
        scalar(
            "if", "if(condition, a, b)", 3...3,
            "a where the condition holds, b where it does not, null where it is null"),
        scalar("coalesce", "coalesce(a, b, …)", 1...FormulaLimits.arguments, "the first that is not null"),
        scalar("is_null", "is_null(x)", 1...1, "1 where x is null, else 0; never null"),
        scalar("clamp", "clamp(x, low, high)", 3...3, "x, but not below low and not above high"),
        scalar("abs", "abs(x)", 1...1, "x without its sign"),
        scalar("floor", "floor(x)", 1...1, "the largest whole number that is not above x"),
        scalar("round", "round(x)", 1...1, "the nearest whole number; halves go away from zero"),
        scalar("sqrt", "sqrt(x)", 1...1, "the square root; null below zero"),
        scalar("log10", "log10(x)", 1...1, "the decimal logarithm; null at zero and below"),
    ]

    static let aggregates: [FormulaFunction] = [
        aggregate(
            "count", "count(x where c)", 0...1, "how many values are not null; without x, how many rows; 0 of none"),
        aggregate("sum", "sum(x where c)", 1...1, "the sum; null of none"),
        aggregate("mean", "mean(x where c)", 1...1, "the arithmetic mean"),
        aggregate("stddev", "stddev(x where c)", 1...1, "the sample standard deviation (n − 1); null below two values"),
        aggregate(
            "min", "min(x where c)", 1...FormulaLimits.arguments,
            "the smallest value; min(a, b, …) compares its arguments row by row, null when one is null"),
        aggregate(
            "max", "max(x where c)", 1...FormulaLimits.arguments,
            "the largest value; max(a, b, …) compares its arguments row by row, null when one is null"),
        aggregate(
            "span", "span(start, end where c)", 2...2,
            "from the smallest start to the largest end. Where requests are drawn anew for an interval, the time that the "
                + "drawn ones would have taken with as many in flight; in an open loop, whose schedule it follows, it stays"
        ),
        aggregate("first", "first(x where c)", 1...1, "the first value that is not null"),
        aggregate("last", "last(x where c)", 1...1, "the last value that is not null"),
        aggregate("median", "median(x where c)", 1...1, "the middle value, or the mean of the middle two"),
        aggregate(
            "p50", "p50(x where c), p99.9(…)", 1...1,
            "that percentile, by the set's percentile_method; null where fewer than its percentile_tail values lie beyond"
        ),
        aggregate(
            "percentile", "percentile(x, q, method where c)", 2...3,
            "the q-th percentile, q from 0 to 100, by \(Quantile.allCases.map(\.rawValue).joined(separator: ", "))"),
        aggregate(
            "weighted_percentile", "weighted_percentile(x, weight, q where c)", 3...3,
            "the first value, in ascending order, at which the shares of the weights so far add up to q hundredths, q from 0 "
                + "to 100; belongs in 'result'"),
        aggregate(
            "most_at_once", "most_at_once(start, end, width where c)", 3...3,
            "how many of the spans from start to end, at most, touch one stretch of that width; the stretches lie end to end "
                + "from 0, and a moment is a span whose start is its end. Belongs in 'result'"),
        aggregate(
            "trimmed_mean", "trimmed_mean(x, fraction where c)", 2...2,
            "the mean without the lowest and the highest fraction (0 to 0.5) of the values"),
    ]

    /// The function that a call by this name means: `p99.9` is the same as `p50`.
    static func named(_ name: String) -> FormulaFunction? {
        byName[percent(in: name) == nil ? name : "p50"]
    }

    /// The 99.9 of `p99.9`; nil for a name of another form.
    static func percent(in name: String) -> Double? {
        guard name.first == "p", name.dropFirst().allSatisfy({ $0.isNumber || $0 == "." }) else { return nil }
        return Double(name.dropFirst())
    }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    private static func scalar(_ name: String, _ usage: String, _ arity: ClosedRange<Int>, _ doc: String) -> Self {
        Self(name: name, usage: usage, doc: doc, isAggregate: false, arity: arity)
    }

    private static func aggregate(_ name: String, _ usage: String, _ arity: ClosedRange<Int>, _ doc: String) -> Self {
        Self(name: name, usage: usage, doc: doc, isAggregate: true, arity: arity)
    }
}
