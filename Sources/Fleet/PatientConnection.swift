import Foundation

/// A connection for work that goes on when servers are away for a while, and says so.
final class PatientConnection {
    let address: NATSAddress
    private let warn: (String) -> Void
    private var connection: NATSConnection?
    private var hasWarned = false

    init(_ address: NATSAddress, warn: @escaping (String) -> Void) { (self.address, self.warn) = (address, warn) }

    /// Does some work, again from its beginning when the servers did not answer.
    ///
    /// - Parameters:
    ///   - forever: for as long as it takes. Else servers that never answered are given up at once, and those that did after
    ///     `FleetLimits.patience`.
    ///   - work: calls its second argument whenever it has come further.
    /// - Returns: nil when it was cancelled before it was done.
    /// - Throws: `FleetError`, and what the work throws.
    func perform<Result>(
        forever: Bool, isCancelled: () -> Bool, _ work: (JetStream, _ moved: () -> Void) throws -> Result
    ) throws -> Result? {
        var lastMoved = ContinuousClock.now
        while !isCancelled() {
            do {
                let open = try connection ?? NATSConnection(address)
                connection = open
                return try work(JetStream(connection: open)) {
                    lastMoved = .now
                    if hasWarned { warn("The NATS servers answer again.") }
                    hasWarned = false
                }
            } catch let error as FleetError {
                guard error.mayPass(forever) else { throw error }
                let away = connection == nil ? FleetLimits.patience : ContinuousClock.now - lastMoved
                guard forever || away < FleetLimits.patience else { throw error }
                // A leader that is elected anew is away for seconds; that is nothing to be told of.
                if !hasWarned, away > FleetLimits.answerTime * 3 {
                    warn("\(error) It is tried again.")
                    hasWarned = true
                }
                // One that refuses needs somebody to make room.
                if case .refused = error {
                    Thread.sleep(forTimeInterval: FleetLimits.answerTime / .seconds(1))
                } else {
                    Thread.sleep(forTimeInterval: FleetLimits.retryPause / .seconds(1))
                }
            }
        }
        return nil
    }
}

extension FleetError {
    /// Whether it may go well when it is tried again: servers come back, and in the end a full disk gets room.
    fileprivate func mayPass(_ forever: Bool) -> Bool {
        switch self {
        case .unreachable: true
        case .refused: forever
        default: false
        }
    }
}
