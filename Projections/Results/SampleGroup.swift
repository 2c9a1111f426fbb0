import Events
import Formulas
import SampleColumns

/// What one result is computed from, in memory: the samples' numbers as columns, and where the events stand in the log.
struct SampleGroup {
    private(set) var positions = GroupPositions()
    private(set) var lastRecordedAt: Int64 = 0
    /// Of the requests that were really made.
    private(set) var samples: SampleRows
    private(set) var readings = ReadingRows()
    private var sources: Set<TokenSource> = []
    private(set) var arrivals = MeasuredArrivals()
    var isDirty = false
    /// Names of the inputs that are kept.
    let inputs: Set<String>

    /// Keeps the inputs that these names ask for.
    init(inputs: Set<String>) {
        self.inputs = inputs
        samples = SampleRows(keepsSizes: inputs.contains("chunk_sizes"))
    }

    mutating func add(_ sample: borrowing SampleView, at position: UInt64, recordedAt: Int64) {
        positions.samples.append(position)
        lastRecordedAt = recordedAt
        isDirty = true
        let isMeasured = !sample.warmup && !sample.cooldown
        if isMeasured { arrivals.add(sample) }
        // What was never sent has no figures: it is counted, and that is all.
        guard sample.error != .shed else { return }
        samples.append(sample)
        // An answer that broke off has no usage, however its server counts.
        if isMeasured, sample.error == .none, sample.tokenSource != .unknown { sources.insert(sample.tokenSource) }
    }

    mutating func add(_ reading: ResourceSampled, at position: UInt64) {
        positions.resources.append(position)
        readings.append(reading)
        isDirty = true
    }

    /// The same, with nothing left to bring up to date.
    func clean() -> SampleGroup {
        var group = self
        group.isDirty = false
        return group
    }

    /// How the whole answers' token counts are labelled; nil when none had one.
    var tokenSource: String? {
        guard let first = sources.first else { return nil }
        guard sources.count == 1 else { return "mixed" }
        switch first {
        case .serverUsage: return "server_usage"
        case .tokenizer: return "tokenizer"
        default: return "chunks"
        }
    }
}

/// Where a group's events stand in the log: what is stored of a group, so that its columns can be read again.
struct GroupPositions: Equatable {
    var samples: [UInt64] = []
    var resources: [UInt64] = []

    init() {}

    init(samples: [UInt64], resources: [UInt64]) {
        self.samples = samples
        self.resources = resources
    }

    /// Two lists, each as its count and the steps between positions, in varints.
    init?(_ bytes: [UInt8]) {
        guard let values = Varints.decode(bytes), let count = values.first, count < values.count else { return nil }
        let steps = values.dropFirst()
        samples = Self.positions(steps.prefix(Int(count)))
        resources = Self.positions(steps.dropFirst(Int(count)))
    }

    /// The first position of all; 0 when there is none.
    var first: UInt64 { min(samples.first ?? .max, resources.first ?? .max) }
    /// The last position of all; 0 when there is none.
    var last: UInt64 { max(samples.last ?? 0, resources.last ?? 0) }

    var bytes: [UInt8] {
        Varints.encode([UInt64(samples.count)] + Self.steps(samples) + Self.steps(resources))
    }

    private static func steps(_ positions: [UInt64]) -> [UInt64] {
        zip(positions, [0] + positions).map { $0 - $1 }
    }

    private static func positions(_ steps: some Sequence<UInt64>) -> [UInt64] {
        var position: UInt64 = 0
        return steps.map { step in
            position += step
            return position
        }
    }
}
