import EventStore
import Events
import Foundation

/// What one client showed in one round.
struct ClientFigures: Encodable {
    /// Processor time of all that it did, from its start to its end.
    var cpu_seconds_per_million_chunks: Double
    var chunks_per_second: Double
    var requests_per_second: Double
    var peak_memory_mib: Double?
    /// The same without mapped files.
    var peak_own_memory_mib: Double?
    /// |TTFT measured − TTFT at the server|. Known of ours alone, as is what follows.
    var ttft_error_mean_ms: Double?
    var ttft_error_p99_ms: Double?
    /// |arrival recorded − write at the server|, of chunks whose read brought no other.
    var chunk_error_mean_ms: Double?
    var chunk_error_p99_ms: Double?
    /// How long what had arrived waited until it was read.
    var read_delay_mean_ms: Double?
    var read_delay_max_ms: Double?
    /// Requests whose clock is the kernel's, chunks that it did not stamp, reads that brought several chunks.
    var kernel_stamped_requests: Int?
    var user_stamped_chunks: Int?
    var shared_reads: Int?
    /// Of the log, for the arrivals of chunks, and for all there is in the events of samples.
    var arrival_bytes_per_chunk: Double?
    var event_bytes_per_chunk: Double?

    init(_ program: MeasuredProgram, _ truth: Truth) throws {
        guard truth.chunkCount > 0 else {
            throw Failure(.failed, "No request reached the server. \(program.output.suffix(500))")
        }
        cpu_seconds_per_million_chunks = program.processorSeconds * 1e6 / Double(truth.chunkCount)
        chunks_per_second = Double(truth.chunkCount) / truth.span
        requests_per_second = Double(truth.requests.count) / truth.span
        peak_memory_mib = program.peakMemory.map { Double($0) / 1_048_576 }
        peak_own_memory_mib = program.peakOwnMemory.map { Double($0) / 1_048_576 }
    }

    /// Adds what the log of a run tells.
    mutating func take(log folder: String, _ truth: Truth) throws {
        let log = try EventLog(folder: folder, access: .readOnly)
        defer { log.close() }
        var tally = SampleTally(truth)
        try log.scan { raw in
            if raw.type == .runStarted, case .runStarted(let run) = try raw.decode() {
                tally.anchor = run.anchorMonotonicNs
            } else if let sample = try raw.sample() {
                tally.take(InferenceSampled(sample), id: raw.id.description, bytes: raw.bytes.count)
            }
            return true
        }
        guard !tally.ttftErrors.isEmpty else {
            throw Failure(.failed, "No request of this round is in the server's record: \(tally.message).")
        }
        (ttft_error_mean_ms, ttft_error_p99_ms) = (tally.ttftErrors.mean, tally.ttftErrors.p99)
        (chunk_error_mean_ms, chunk_error_p99_ms) = (tally.chunkErrors.mean, tally.chunkErrors.p99)
        read_delay_mean_ms = tally.reads == 0 ? nil : Double(tally.readDelay) / Double(tally.reads) / 1e6
        read_delay_max_ms = Double(tally.longestDelay) / 1e6
        (kernel_stamped_requests, user_stamped_chunks) = (tally.kernelStamped, tally.userStampedChunks)
        shared_reads = tally.sharedReads
        arrival_bytes_per_chunk = Double(tally.arrivalBytes) / Double(tally.chunks)
        event_bytes_per_chunk = Double(tally.eventBytes) / Double(tally.chunks)
    }

    /// The middle of each figure.
    static func median(of rounds: [ClientFigures]) -> ClientFigures {
        var middle = rounds[0]
        for path in [
            \ClientFigures.cpu_seconds_per_million_chunks, \.chunks_per_second, \.requests_per_second,
        ] { middle[keyPath: path] = flperf.median(rounds.map { $0[keyPath: path] }) }
        for path in [
            \ClientFigures.peak_memory_mib, \.peak_own_memory_mib, \.ttft_error_mean_ms, \.ttft_error_p99_ms,
            \.chunk_error_mean_ms, \.chunk_error_p99_ms, \.read_delay_mean_ms, \.read_delay_max_ms,
            \.arrival_bytes_per_chunk, \.event_bytes_per_chunk,
        ] {
            let values = rounds.compactMap { $0[keyPath: path] }
            middle[keyPath: path] = values.isEmpty ? nil : flperf.median(values)
        }
        for path in [\ClientFigures.kernel_stamped_requests, \.user_stamped_chunks, \.shared_reads] {
            let values = rounds.compactMap { $0[keyPath: path] }.sorted()
            middle[keyPath: path] = values.isEmpty ? nil : values[values.count / 2]
        }
        return middle
    }
}

/// Adds up the samples of a run beside the truth.
private struct SampleTally {
    let truth: Truth
    var anchor: Int64 = 0
    var (ttftErrors, chunkErrors): ([Double], [Double]) = ([], [])
    var (chunks, eventBytes, arrivalBytes) = (0, 0, 0)
    var (reads, readDelay, longestDelay): (UInt64, Int64, Int64) = (0, 0, 0)
    var (kernelStamped, userStampedChunks, sharedReads) = (0, 0, 0)
    var message = "none was made"

    init(_ truth: Truth) { self.truth = truth }

    mutating func take(_ sample: InferenceSampled, id: String, bytes: Int) {
        chunks += Int(sample.contentChunks)
        eventBytes += bytes
        arrivalBytes += sample.chunkTimes.count
        reads += sample.client.reads
        readDelay += sample.client.readDelaySumNs
        longestDelay = max(longestDelay, sample.client.readDelayMaxNs)
        if sample.clock == .kernel { kernelStamped += 1 }
        userStampedChunks += Int(sample.userStampedChunks)
        sharedReads += sample.sharedReads
        guard let real = truth.requests[id], sample.hasFirstContentNs, sample.hasSentNs else {
            message = sample.errorMessage
            return
        }
        let measured = sample.firstContentNs - sample.sentNs
        ttftErrors.append(abs(Double(measured - (real.first - real.received))) / 1e6)
        let arrivals = sample.chunkArrivals
        guard sample.clock == .kernel, arrivals.count == real.chunks.count else { return }
        for index in arrivals.indices.dropFirst() {
            let isShared =
                arrivals[index] == arrivals[index - 1]
                || (index + 1 < arrivals.count && arrivals[index] == arrivals[index + 1])
            if !isShared { chunkErrors.append(abs(Double(arrivals[index] + anchor - real.chunks[index])) / 1e6) }
        }
    }
}

extension [Double] {
    fileprivate var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
    fileprivate var p99: Double? { isEmpty ? nil : sorted()[Int(0.99 * Double(count - 1))] }
}
