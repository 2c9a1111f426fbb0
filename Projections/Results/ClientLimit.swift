import Foundation

/// Tells whether the client, and not the server, set the pace of what was measured: `client_delayed` and `client_idle` of
/// `standard/1`, where their formulas and thresholds stand.
enum ClientLimit {
    /// Percent of the requests in which the client may be late.
    static let delayedAllowed = 1.0
    /// Percent of a closed loop's time that may go by between requests.
    static let idleAllowed = 5.0

    /// Why the client was the limit; nil when it was not, or nothing is known of it.
    static func sentence(_ metrics: [String: Double?]) -> String? {
        var reasons: [String] = []
        // A single late request is an accident.
        if let delayed = metrics["client_delayed"] ?? nil, delayed > delayedAllowed,
            let requests = metrics["total_iterations"] ?? nil, delayed / 100 * requests > 1.5
        {
            reasons.append(
                "it was late by more than 1 ms and 5 % of the median TTFT in \(percent(delayed)) of the requests")
        }
        if let idle = metrics["client_idle"] ?? nil, idle > idleAllowed {
            reasons.append("it took \(percent(idle)) of the time to start the next request")
        }
        return reasons.isEmpty ? nil : "The client was the limit: \(reasons.joined(separator: ", and "))."
    }

    private static func percent(_ value: Double) -> String {
        "\(value.formatted(.number.precision(.fractionLength(0...1)).locale(Locale(identifier: "en_US_POSIX")))) %"
    }
}
