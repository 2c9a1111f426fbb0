import ArgumentParser
import Audit
import EventStore

/// A moment as people write it: a time of RFC 3339, or a time span back from now such as `24h` or `7d`.
struct Moment: ExpressibleByArgument {
    /// Since the epoch, UTC.
    var nanoseconds: Int64

    init?(argument: String) {
        if let moment = Timestamp.nanoseconds(of: argument) {
            nanoseconds = moment
        } else if let span = TimeSpan(argument: argument) {
            nanoseconds = EventLog.wallClock() - Int64(span.duration / .nanoseconds(1))
        } else {
            return nil
        }
    }
}
