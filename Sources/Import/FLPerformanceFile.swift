/// The storage file of FLPerformance as it lies on disk. What a vintage of it lacks is nil.
struct FLPerformanceFile: Decodable {
    var models: Members<Model>?
    var benchmark_runs: Members<Run>?
    var benchmark_results: Members<Result>?
    var logs: Members<Log>?

    /// Its collections are lists in one vintage, objects by id in another, and the results lists by their run's id.
    struct Members<Element: Decodable>: Decodable {
        var elements: [Element]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([Element].self) {
                elements = list
            } else if let lists = try? container.decode([String: [Element]].self) {
                elements = lists.sorted { $0.key < $1.key }.flatMap(\.value)
            } else {
                elements = try container.decode([String: Element].self).sorted { $0.key < $1.key }.map(\.value)
            }
        }
    }

    struct Model: Decodable {
        var id: String
        var alias: String
        var model_id: String
        var endpoint: String?
        var foundry_id: String?
        var version: String?
        var deviceType: String?
        var executionProvider: String?
        var modelSize: Double?
        var last_heartbeat: Int64?
        var created_at: Int64?
    }

    struct Run: Decodable {
        var id: String
        var suite_name: String
        var model_ids: [String]
        var config: Config?
        var hardware_info: Hardware?
        var status: String
        var started_at: Int64?
        var created_at: Int64?
        var completed_at: Int64?
    }

    struct Config: Decodable {
        var iterations: UInt32?
        var timeout: Int64?
        var temperature: Double?
        var streaming: Bool?
    }

    struct Hardware: Decodable {
        struct CPU: Decodable {
            var manufacturer: String?
            var brand: String?
            var cores: UInt32?
            var physicalCores: UInt32?
        }
        struct Memory: Decodable { var total: String? }
        struct GPU: Decodable {
            var model: String?
            var vram: String?
        }
        struct OS: Decodable {
            var platform: String?
            var distro: String?
            var release: String?
            var arch: String?
        }
        var cpu: CPU?
        var memory: Memory?
        var gpu: GPU?
        var os: OS?
    }

    struct Result: Decodable {
        var id: String
        var run_id: String
        var model_id: String
        var scenario: String
        var raw_data: RawData?
        var created_at: Int64?
    }

    struct RawData: Decodable {
        var iterations: [Iteration]?
        var resourceSnapshots: [Snapshots]?
    }

    struct Iteration: Decodable {
        /// ms on that process's monotonic clock.
        var startTime: Double
        var endTime: Double
        /// ms on its wall clock; null when not streaming.
        var ttft: Double?
        var tokens: Double?
        /// ms between content chunks; absent in the older vintage.
        var interTokenDelays: [Double]?
        var error: String?
        var timeout: Bool?
    }

    struct Snapshots: Decodable {
        struct Reading: Decodable {
            var cpu: Double?
            var ram: Double?
            var gpu: Double?
        }
        var before: Reading?
        var after: Reading?
    }

    struct Log: Decodable {
        var entity_type: String?
        var entity_id: String?
        var level: String?
        var message: String
        var created_at: Int64?
    }
}
