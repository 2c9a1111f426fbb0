/// How large a formula set may be. Each limit is far above any real set and keeps a hostile one from costing much.
public enum FormulaLimits {
    /// UTF-8 bytes in the text of a set.
    public static let textBytes = 128 * 1024
    /// Unicode scalars in one expression.
    public static let expressionLength = 4_000
    /// How deep an expression may nest: parentheses, calls, and each further term of a chain such as `a + b + c`.
    public static let expressionDepth = 100
    /// Arguments of one call.
    public static let arguments = 32
    /// Metrics of a set, all sections together; constants count too.
    public static let metrics = 400
    /// Unicode scalars in a name.
    public static let nameLength = 64
}
