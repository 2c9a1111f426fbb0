import Foundation

/// A server program that keeps when it really received and wrote what, running on a free port.
struct TruthServer {
    let port: Int
    private let process: Process
    private let folder: String

    /// How it answers.
    struct Pace: Hashable {
        /// Microseconds from a request to its first chunk, and from each chunk to the next.
        var firstToken, gap: Int
        /// 50 ms and 10 ms.
        static let paced = Pace(firstToken: 50_000, gap: 10_000)
        /// As fast as it can.
        static let unthrottled = Pace(firstToken: 0, gap: 0)
    }

    init(program: String, tokens: Int, pace: Pace, folder: String) throws {
        self.folder = folder
        port = try Program.freePort()
        process = Process()
        var arguments = ["-p", "\(port)", "-t", "\(pace.firstToken)", "-i", "\(pace.gap)", "-n", "\(tokens)"]
        arguments += ["-o", folder + "/truth.csv"]
        // Keeping every chunk's time would be a part of what limits an unthrottled server.
        if pace != .unthrottled { arguments += ["-e", folder + "/chunks.bin"] }
        // On time only when it need not wait for the client that it judges.
        let chrt = getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/chrt")
        process.executableURL = URL(fileURLWithPath: chrt ? "/usr/bin/chrt" : program)
        process.arguments = chrt ? ["-f", "10", program] + arguments : arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try Program.start(process)
        usleep(300_000)
        guard process.isRunning else {
            throw Failure(.failed, "The server '\(program)' ended at once; does it take -p -t -i -n -o -e?")
        }
    }

    /// Stops it and reads its record.
    func stop() async throws -> Truth {
        process.terminate()
        let deadline = ContinuousClock.now + .seconds(5)
        while process.isRunning, .now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        guard !process.isRunning else {
            kill(process.processIdentifier, SIGKILL)
            throw Failure(.failed, "The server did not end when it was asked to.")
        }
        return try Truth(folder: folder)
    }
}

/// What a server really did. Nanoseconds on CLOCK_MONOTONIC.
struct Truth {
    struct Request {
        /// When it had the request, and when it wrote the first and the last chunk.
        var received, first, last: Int64
        /// When it wrote each chunk; empty when that was not kept.
        var chunks: [Int64] = []
    }

    /// By the X-Request-Id that came with them; those of one without are under its number.
    private(set) var requests: [String: Request] = [:]
    /// Chunks written in all.
    private(set) var chunkCount = 0

    /// Reads `truth.csv` and, where there is one, `chunks.bin`: records of request (4 bytes), chunk (4) and time (8).
    init(folder: String) throws {
        let text = (try? String(contentsOfFile: folder + "/truth.csv", encoding: .utf8)) ?? ""
        var lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard !lines.isEmpty else { throw Failure(.failed, "The server left no record in \(folder).") }
        let heading = lines.removeFirst()
        let columns = try ["req", "x_request_id", "recv_ns", "first_ns", "last_ns", "chunks"].map { name in
            guard let column = heading.firstIndex(of: name) else {
                throw Failure(.failed, "The server's record has no column '\(name)'.")
            }
            return column
        }
        var names: [UInt32: String] = [:]
        for line in lines where line.count == heading.count {
            let numbers = columns.map { Int64(line[$0]) ?? 0 }
            let name = line[columns[1]].isEmpty ? line[columns[0]] : line[columns[1]]
            guard numbers[5] > 0 else { continue }
            names[UInt32(truncatingIfNeeded: numbers[0])] = name
            requests[name] = Request(received: numbers[2], first: numbers[3], last: numbers[4])
            chunkCount += Int(numbers[5])
        }
        guard let records = FileManager.default.contents(atPath: folder + "/chunks.bin") else { return }
        records.withUnsafeBytes { bytes in
            for record in stride(from: 0, to: bytes.count - 15, by: 16) {
                guard let name = names[bytes.loadUnaligned(fromByteOffset: record, as: UInt32.self)] else { continue }
                requests[name]?.chunks.append(bytes.loadUnaligned(fromByteOffset: record + 8, as: Int64.self))
            }
        }
    }

    /// From the first request to the last chunk, in seconds.
    var span: Double {
        let start = requests.values.lazy.map(\.received).min() ?? 0
        return Double((requests.values.lazy.map(\.last).max() ?? 0) - start) / 1e9
    }
}
