import Events
import Formulas

/// What one result is computed from, in memory: the samples' numbers as columns, and where the events stand in the log.
struct SampleGroup {
    private(set) var positions = GroupPositions()
    private(set) var lastRecordedAt: Int64 = 0
    /// Requests that were really made: the rows of the columns.
    private var sent = 0
    private var samples: InputColumns<SampleView>
    private var arrays: [PackedArrays]
    private var resources: InputColumns<ResourceSampled>
    private var sources: Set<TokenSource> = []
    private(set) var arrivals = MeasuredArrivals()
    var isDirty = false
    /// Names of the inputs that are kept.
    let inputs: Set<String>

    /// Keeps the inputs that these names ask for.
    init(inputs: Set<String>) {
        self.inputs = inputs
        samples = InputColumns(SampleInputs.columns, inputs)
        arrays = SampleInputs.arrays.filter { inputs.contains($0.key) }.map {
            PackedArrays(name: $0.key, read: $0.value)
        }
        resources = InputColumns(SampleInputs.resources, inputs)
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
        sent += 1
        for index in arrays.indices { arrays[index].append(sample) }
        // An answer that broke off has no usage, however its server counts.
        if isMeasured, sample.error == .none, sample.tokenSource != .unknown { sources.insert(sample.tokenSource) }
    }

    mutating func add(_ reading: ResourceSampled, at position: UInt64) {
        positions.resources.append(position)
        resources.append(reading)
        isDirty = true
    }

    var sampleTable: SampleTable {
        var table = SampleTable(count: sent)
        for (name, column) in samples.byName { table[name] = column }
        for array in arrays { table[array: array.name] = RaggedColumn(values: array.values, offsets: array.offsets) }
        return table
    }

    var resourceTable: ResourceTable {
        var table = ResourceTable(count: positions.resources.count)
        for (name, column) in resources.byName { table[name] = column }
        return table
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

/// Some inputs of one kind of event, kept event after event and given out as columns.
private struct InputColumns<Event: ~Copyable> {
    typealias Reader = @Sendable (borrowing Event) -> Double

    private let names: [String]
    private let readers: [Reader]
    private var values: [Double] = []

    init(_ all: [String: Reader], _ wanted: Set<String>) {
        let chosen = all.filter { wanted.contains($0.key) }.sorted { $0.key < $1.key }
        names = chosen.map(\.key)
        readers = chosen.map(\.value)
    }

    mutating func append(_ event: borrowing Event) {
        for reader in readers { values.append(reader(event)) }
    }

    var byName: some Sequence<(String, [Double])> {
        let width = names.count
        return zip(
            names,
            names.indices.lazy.map { column in
                stride(from: column, to: values.count, by: width).map { values[$0] }
            })
    }
}

/// One kind of per-chunk numbers of all samples, one sample's after another's.
private struct PackedArrays {
    let name: String
    let read: SampleInputs.ArrayReader
    var values: [Double] = []
    var offsets = [0]

    mutating func append(_ sample: borrowing SampleView) {
        read(sample, &values)
        offsets.append(values.count)
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
