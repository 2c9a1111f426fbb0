import Charts
import EventStore

/// What the last look at the whole log found.
struct VerifiedLog: Sendable {
    var verification: Verification
    /// ms since the epoch.
    var at: Int64
    var seconds: Double

    /// For the line that says what a page rests on.
    var sentence: Markup {
        verification.isClean
            ? "<a href=\"/audit/verify\">log verified to \(Figure.count(verification.last))</a> <span class=\"ok\">✓</span>"
            : "<a href=\"/audit/verify\"><span class=\"bad\">✕ the log is not as it was written</span></a>"
    }
}
