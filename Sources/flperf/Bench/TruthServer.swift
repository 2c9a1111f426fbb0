import Foundation

/// A server program that keeps when it really received and wrote what, running on a free port.
struct TruthServer {
    let port: Int
    private let process: Process
    private let truth: String

    init(program: String, tokens: Int, folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        truth = folder + "/truth.csv"
        port = try Program.freePort()
        process = Process()
        let arguments = ["-p", "\(port)", "-t", "50000", "-i", "10000", "-n", "\(tokens)", "-o", truth]
        // On time only when it need not wait for the client that it judges.
        let chrt = getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/chrt")
        process.executableURL = URL(fileURLWithPath: chrt ? "/usr/bin/chrt" : program)
        process.arguments = chrt ? ["-f", "10", program] + arguments : arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try Program.start(process)
        usleep(300_000)
        guard process.isRunning else {
            throw Failure(.failed, "The server '\(program)' ended at once; does it take -p -t -i -n -o?")
        }
    }

    /// Stops it and reads its record: X-Request-Id → real TTFT, from receiving the request to writing the first chunk, in ns.
    func stop() async throws -> [String: Int64] {
        process.terminate()
        let deadline = ContinuousClock.now + .seconds(5)
        while process.isRunning, .now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        guard !process.isRunning else {
            kill(process.processIdentifier, SIGKILL)
            throw Failure(.failed, "The server did not end when it was asked to.")
        }
        let text = (try? String(contentsOfFile: truth, encoding: .utf8)) ?? ""
        var lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard !lines.isEmpty else { throw Failure(.failed, "The server left no record in \(truth).") }
        let heading = lines.removeFirst()
        guard let id = heading.firstIndex(of: "x_request_id"), let received = heading.firstIndex(of: "recv_ns"),
            let first = heading.firstIndex(of: "first_ns")
        else { throw Failure(.failed, "The server's record has no x_request_id, recv_ns and first_ns.") }
        var times: [String: Int64] = [:]
        for line in lines where line.count == heading.count {
            if let start = Int64(line[received]), let end = Int64(line[first]), end > 0 {
                times[line[id]] = end - start
            }
        }
        return times
    }
}
