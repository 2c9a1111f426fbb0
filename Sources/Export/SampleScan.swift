import EventStore
import Events

/// Goes over the samples of an export, a slice of a log at a time, so that nothing is held between two of them.
struct SampleScan {
    /// Samples of one log that lie near each other.
    struct Slice {
        fileprivate var positions: ClosedRange<Position>
        fileprivate var log: EventLog
        fileprivate var deleted: Set<[UInt8]>
    }

    /// Events that are looked at in one snapshot.
    private static let size = UInt64(LogLimits.eventsPerSnapshot)

    private let source: ExportSource
    private let stream: [UInt8]?
    /// The run of the sample before, and whether it is left out: a run's samples mostly stand together.
    private var known: (run: [UInt8], isDeleted: Bool) = ([], false)

    init(_ source: ExportSource) {
        self.source = source
        stream = source.run.map { Array("run-\($0.id)".utf8) }
    }

    /// Calls `body` with one slice after another. No snapshot is held but while `samples` reads one.
    ///
    /// - Parameter progress: is told after each how many positions of its log were looked at, and of how many.
    func slices(_ progress: (UInt64, UInt64) -> Void, _ body: (Slice) throws -> Void) throws {
        let run = source.run
        for log in source.logs where run.map({ $0.source == log.source.description }) ?? true {
            var next = max(run?.first_position ?? 1, source.after + 1)
            let last = min(run?.last_position ?? .max, try source.last(of: log))
            guard next <= last else { continue }
            let (first, deleted) = (next, try source.deletedRuns(of: log))
            while next <= last {
                try Task.checkCancellation()
                let end = last - next < Self.size ? last : next + Self.size - 1
                try body(Slice(positions: next...end, log: log, deleted: deleted))
                next = end + 1
                progress(next - first, last - first + 1)
            }
        }
    }

    /// Lends every sample of a slice.
    mutating func samples(of slice: Slice, _ body: (borrowing LoggedSample) throws -> Void) throws {
        let name = slice.log.source.description
        try slice.log.scan(from: slice.positions.lowerBound, through: slice.positions.upperBound) { raw in
            guard raw.type == .inferenceSampled, stream.map(raw.streamName.elementsEqual) ?? true else { return true }
            let (position, recordedAt) = (raw.position, raw.recordedAt)
            guard let sample = try raw.sample(), !isDeleted(sample.runID, slice.deleted) else { return true }
            try body(LoggedSample(source: name, position: position, recordedAt: recordedAt, sample: sample))
            return true
        }
        // The same id may be another run in another log.
        known = ([], false)
    }

    private mutating func isDeleted(_ run: UnsafeRawBufferPointer, _ deleted: Set<[UInt8]>) -> Bool {
        guard !deleted.isEmpty else { return false }
        if !run.elementsEqual(known.run) {
            let id = Array(run)
            known = (id, deleted.contains(id))
        }
        return known.isDeleted
    }
}
