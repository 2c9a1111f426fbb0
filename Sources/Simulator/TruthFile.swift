import Foundation

/// What really happened, one JSON object a line and request: written when the answer is over.
///
/// - `request_id`: the request's X-Request-Id, or its number from 1 when it had none.
/// - `received_ns`, `first_ns`, `last_ns`: the request's last byte read; the first and last content written. Nanoseconds on
///   CLOCK_MONOTONIC, stamped just before the write; null when there was none.
/// - `chunks`: content chunks written. `late_max_ns`: how far the latest of them was behind its schedule.
/// - `outcome`: `completed`, `refused`, `stream_error`, `truncated`, `hung`, `cut`, `client_gone` or `stopped`.
/// - `chunk_ns`: every chunk's instant.
final class TruthFile {
    private let file: UnsafeMutablePointer<FILE>

    init(path: String) throws(SimulatorError) {
        guard let file = fopen(path, "w") else {
            throw .cannotWriteTruth(path: path, reason: String(cString: strerror(errno)))
        }
        self.file = file
    }

    deinit {
        fclose(file)
    }

    func write(requestID: String, model: String, received: Int64, written: [Int64], latest: Int64, outcome: String) {
        func shown(_ time: Int64?) -> String { time.map(String.init) ?? "null" }
        let line =
            "{\"request_id\":\(requestID.asJSON),\"model\":\(model.asJSON),\"received_ns\":\(received),"
            + "\"first_ns\":\(shown(written.first)),\"last_ns\":\(shown(written.last)),\"chunks\":\(written.count),"
            + "\"late_max_ns\":\(latest),\"outcome\":\"\(outcome)\","
            + "\"chunk_ns\":[\(written.map(String.init).joined(separator: ","))]}\n"
        fputs(line, file)
        fflush(file)
    }
}
