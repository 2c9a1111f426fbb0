/// How fast a run is played again.
public enum ReplaySpeed: Sendable, Hashable {
    /// 1 takes as long as the run did.
    case times(Double)
    /// Without any pause.
    case unlimited

    /// The fastest that is not unlimited.
    public static let limit = 1_000_000.0

    /// `max`, or a number above 0 and up to `limit`; nil when the text is neither.
    public init?(_ text: String) {
        if text == "max" {
            self = .unlimited
        } else if let factor = Double(text), factor > 0, factor <= Self.limit {
            self = .times(factor)
        } else {
            return nil
        }
    }
}
