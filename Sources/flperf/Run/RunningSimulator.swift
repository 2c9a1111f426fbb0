import Simulator

/// A simulator that listens, until it is stopped.
struct RunningSimulator: Sendable {
    let port: Int
    private let task: Task<Void, Never>

    /// Starts one, which listens at once.
    ///
    /// - Throws: `SimulatorError`.
    static func start(_ configuration: SimulatorConfiguration, truth: String? = nil) throws -> RunningSimulator {
        let simulator = try Simulator(configuration, truth: truth)
        // Lives as long as this value is used; `stop` cancels it and waits.
        return RunningSimulator(port: simulator.port, task: Task { await simulator.run() })
    }

    func stop() async {
        task.cancel()
        await task.value
    }

    /// Returns when it has been stopped.
    func wait() async { await task.value }
}
