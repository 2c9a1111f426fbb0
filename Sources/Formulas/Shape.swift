/// How many values an expression has.
enum Shape: Hashable {
    /// One for the group: numbers, constants, aggregates, result metrics.
    case one
    case samples
    case chunks
    case gaps
    case readings
    case results

    /// The table whose rows they belong to.
    var table: Table? {
        switch self {
        case .one: nil
        case .samples, .chunks, .gaps: .samples
        case .readings: .readings
        case .results: .results
        }
    }

    /// Whether there is an array of them per sample.
    var isArray: Bool { self == .chunks || self == .gaps }

    /// The shape of an operation on both, each value of the smaller standing beside all of its own in the larger;
    /// nil when they have no rows in common.
    func joined(with other: Shape) -> Shape? {
        switch (self, other) {
        case (let left, let right) where left == right: left
        case (.one, let shape), (let shape, .one): shape
        case (.samples, let array), (let array, .samples): array.isArray ? array : nil
        default: nil
        }
    }

    /// As a message says it.
    var words: String {
        switch self {
        case .one: "a single value"
        case .samples: "one value per sample"
        case .chunks: "one value per chunk"
        case .gaps: "one value per gap"
        case .readings: "one value per resource reading"
        case .results: "one value per result"
        }
    }
}

extension InputCatalogue.Shape {
    var shape: Shape {
        switch self {
        case .sample: .samples
        case .chunk: .chunks
        case .gap: .gaps
        case .reading: .readings
        case .group: .one
        }
    }
}
