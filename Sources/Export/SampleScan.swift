import EventStore
import Events

/// Goes over the samples of an export, a slice of the log at a time.
struct SampleScan {
    private let source: ExportSource
    private let stream: [UInt8]?
    private let deleted: Set<[UInt8]>
    /// The run of the sample before, and whether it is left out: a run's samples mostly stand together.
    private var known: (run: [UInt8], isDeleted: Bool) = ([], false)

    init(_ source: ExportSource) throws {
        self.source = source
        stream = source.run.map { Array("run-\($0.id)".utf8) }
        deleted = try source.deletedRuns()
    }

    /// Lends every sample between two positions, both included.
    mutating func samples(
        in positions: ClosedRange<Position>, _ body: (borrowing LoggedSample) throws -> Void
    ) throws {
        try source.log.scan(from: positions.lowerBound, through: positions.upperBound) { raw in
            guard raw.type == .inferenceSampled, stream.map(raw.streamName.elementsEqual) ?? true else { return true }
            let (position, recordedAt) = (raw.position, raw.recordedAt)
            guard let sample = try raw.sample(), !isDeleted(sample.runID) else { return true }
            try body(LoggedSample(position: position, recordedAt: recordedAt, sample: sample))
            return true
        }
    }

    private mutating func isDeleted(_ run: UnsafeRawBufferPointer) -> Bool {
        guard !deleted.isEmpty else { return false }
        if !run.elementsEqual(known.run) {
            let id = Array(run)
            known = (id, deleted.contains(id))
        }
        return known.isDeleted
    }
}

extension ExportSource {
    /// Calls `body` with the borders of one slice of the log after another, where no snapshot is held between them.
    ///
    /// - Parameter progress: is told after each how many positions were looked at, and of how many.
    func slices(
        _ progress: (UInt64, UInt64) -> Void, _ body: (ClosedRange<Position>) throws -> Void
    ) throws {
        guard let positions = samplePositions else { return }
        var next = positions.lowerBound
        while next <= positions.upperBound {
            try Task.checkCancellation()
            let rest = positions.upperBound - next
            let last = rest < Self.sliceSize ? positions.upperBound : next + Self.sliceSize - 1
            try body(next...last)
            next = last + 1
            progress(next - positions.lowerBound, positions.upperBound - positions.lowerBound + 1)
        }
    }
}
