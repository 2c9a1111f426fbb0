import ProjectionKit
import Results

/// The samples of several runs of the same thing, evaluated as if they were of one: model, suite, scenario and load are the same.
///
/// Its JSON is that of a result whose `run_id` is null, with `suite_name`, `run_ids` and `differences` besides.
public struct PooledResult: Encodable, Sendable {
    /// The figures, and how sure they are. What the host's resources come to is null: readings of several runs are not of
    /// one time.
    public var result: ResultDetail
    public var suite_name: String
    /// The newest first.
    public var run_ids: [String]
    /// What was not the same; empty unless that was to be pooled all the same.
    public var differences: [PoolDifference]

    private enum CodingKeys: CodingKey { case run_id, suite_name, run_ids, differences }

    public func encode(to encoder: any Encoder) throws {
        try result.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeNil(forKey: .run_id)
        try container.encode(suite_name, forKey: .suite_name)
        try container.encode(run_ids, forKey: .run_ids)
        try container.encode(differences, forKey: .differences)
    }
}

/// Results of the same name that were not pooled, as something differed that figures may depend on.
public struct RefusedPool: Codable, Sendable, Equatable {
    public var model_id: String
    public var model_alias: String
    public var suite_name: String
    public var scenario: String
    @Nullable public var concurrency: Int?
    @Nullable public var rate: Double?
    public var run_ids: [String]
    public var differences: [PoolDifference]
}

/// Something that was not the same in runs that were to be pooled.
public struct PoolDifference: Codable, Sendable, Equatable {
    /// As `compare` calls it: `model`, `runtime version`, `config.seed`, `hardware.cpu.brand`.
    public var what: String
    /// Each once, null for not known.
    public var values: [String?]
}

/// Which differences do not keep runs from being pooled.
public enum PoolTolerance: Sendable, Equatable {
    /// By `PoolDifference.what`; a name stands for all members beneath it, `config` for `config.seed`.
    case of(Set<String>)
    case all

    func allows(_ difference: PoolDifference) -> Bool {
        switch self {
        case .all: true
        case .of(let names): names.contains { difference.what == $0 || difference.what.hasPrefix($0 + ".") }
        }
    }
}

/// Pooled results, and those that were not pooled.
public struct Pooling: Encodable, Sendable {
    public var results: [PooledResult]
    public var refused: [RefusedPool]
    /// Position of the last event that the tables had seen.
    public var position: UInt64
}
