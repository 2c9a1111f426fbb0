import ArgumentParser
import Audit
import Foundation

/// Whether a run is carried out again and again.
struct ScheduleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Carry the run out now and then every so often, such as 6h. Here, until the last one, or by the `flperf serve` of \
            this data folder; a start that is missed is skipped.
            """, valueName: "duration"))
    var every: TimeSpan?
    @Option(
        help: ArgumentHelp(
            "With --every: no start after this time, such as 2026-12-31T18:00 (local time, unless it has a zone) or 3d.",
            valueName: "time"))
    var until: Until?

    /// A moment as people write it, or a time span from now.
    enum Until: ExpressibleByArgument, Equatable {
        /// ms since the epoch.
        case moment(Int64)
        case span(Duration)

        init?(argument: String) {
            if let span = TimeSpan(argument: argument) {
                self = .span(span.duration)
            } else if let moment = Timestamp.nanoseconds(of: argument) {
                self = .moment(moment / 1_000_000)
            } else if let moment = Self.localTime(argument) {
                self = .moment(moment)
            } else {
                return nil
            }
        }

        private static func localTime(_ text: String) -> Int64? {
            guard let match = text.wholeMatch(of: #/(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?/#) else {
                return nil
            }
            let parts = DateComponents(
                year: Int(match.1), month: Int(match.2), day: Int(match.3), hour: Int(match.4), minute: Int(match.5),
                second: match.6.flatMap { Int($0) } ?? 0)
            guard parts.isValidDate(in: .current), let date = Calendar.current.date(from: parts) else { return nil }
            return Int64(date.timeIntervalSince1970 * 1000)
        }
    }

    /// The shortest time from one start to the next, and the longest.
    static let allowed = Duration.seconds(1)...Duration.seconds(366 * 86_400)

    /// What was asked for; nil when the run is carried out once.
    ///
    /// - Parameter now: ms since the epoch.
    /// - Throws: `Failure` when a value is out of its limits.
    func chosen(now: Int64) throws -> (every: Duration, until: Int64?)? {
        guard let every else {
            guard until == nil else { throw Failure(.usage, "'--until' is for '--every': give that too.") }
            return nil
        }
        guard Self.allowed.contains(every.duration) else {
            throw Failure(.usage, "'--every' must be from 1s to 366d.")
        }
        let end: Int64? =
            switch until {
            case .moment(let moment): moment
            case .span(let span): now + Int64(span / .milliseconds(1))
            case nil: nil
            }
        guard end ?? .max > now else { throw Failure(.usage, "'--until' must be later than now.") }
        return (every.duration, end)
    }
}
