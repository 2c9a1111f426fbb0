import Foundation
import Synchronization

/// A program that was left running.
struct DetachedProcess: Sendable {
    private let ended = EndFlag()

    init(_ process: pid_t) {
        let ended = self.ended
        // Somebody has to take note of its end, or it would stay in the list of processes for as long as this one runs.
        Thread.detachNewThread {
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            ended.set(status)
        }
    }

    /// Its exit status once it has ended of its own; nil while it runs.
    var status: Int32? { ended.value }
}

extension Subprocess {
    /// Starts a program that outlives its caller: in a process group of its own, so that Ctrl-C here does not reach it, and
    /// silent, since nobody would read what it prints.
    ///
    /// - Returns: nil when it could not be started.
    static func startDetached(
        _ program: String, _ arguments: [String], environment: [String: String]
    ) -> DetachedProcess? {
        start(program, arguments, environment: environment, output: nil, detached: true).map(DetachedProcess.init)
    }
}

/// How a process ended, once it has.
private final class EndFlag: Sendable {
    private let status = Mutex<Int32?>(nil)
    var value: Int32? { status.withLock { $0 } }
    func set(_ raw: Int32) { status.withLock { $0 = Subprocess.exitStatus(raw) ?? 128 + (raw & 0x7F) } }
}
