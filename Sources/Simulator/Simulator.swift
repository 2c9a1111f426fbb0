import Foundation
import Streaming

/// A model server that serves no model: it paces streams of plausible text to the microsecond and can keep when it really
/// wrote what, so that what a client measured can be held against what happened.
///
/// It poses as any of the servers that people run, with their paths, shapes, lifecycle and habits; see `Personality`.
public final class Simulator: Sendable {
    /// The port that it listens on, from the moment it was made: a request sent before `run()` waits.
    public let port: Int
    private let desk: RequestDesk

    /// Starts listening; nothing is answered before `run()`.
    ///
    /// - Throws: `SimulatorError` when a setting has no meaning, the address is taken, or the truth file can't be written.
    public init(_ configuration: SimulatorConfiguration, truth path: String? = nil) throws(SimulatorError) {
        try configuration.validate()
        let truth = try path.map { path throws(SimulatorError) in try TruthFile(path: path) }
        let (listener, port) = try Socket.listen(host: configuration.host, port: configuration.port)
        self.port = port
        desk = RequestDesk(configuration, listener: listener, port: port, truth: truth)
    }

    /// Serves until the task is cancelled; answers under way are then cut. Returns when every thread has ended and the truth
    /// file is whole. May be called once.
    public func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread { [desk] in
                    desk.run()
                    continuation.resume()
                }
                thread.name = "simulator"
                thread.start()
            }
        } onCancel: {
            desk.stop()
        }
    }
}
