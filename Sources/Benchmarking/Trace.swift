import Events

/// Requests that were recorded, in an earlier run or in a file, and are made again: when each starts, and how long it is.
public struct Trace: Sendable, Equatable {
    /// One request.
    public struct Request: Sendable, Equatable {
        /// Nanoseconds from the first request's start.
        public var start: Int64
        /// Length of its prompt; nil when the scenario has the prompt.
        public var promptTokens: Int?
        /// Limit of its answer in tokens; nil when the scenario or the server has it.
        public var maxTokens: Int?

        public init(start: Int64, promptTokens: Int? = nil, maxTokens: Int? = nil) {
            self.start = start
            self.promptTokens = promptTokens
            self.maxTokens = maxTokens
        }

        func faster(_ speed: Double) -> Request {
            var request = self
            request.start = Int64((Double(start) / speed).rounded())
            return request
        }
    }

    /// What the requests belong to.
    public struct Place: Sendable, Hashable {
        public var scenario: String
        public var level: LoadLevel

        public init(scenario: String, level: LoadLevel) {
            self.scenario = scenario
            self.level = level
        }
    }

    /// The file's name without its folder; empty when a run is repeated that did not come from a file.
    public var name: String
    /// `sha256:<hex>` of the file's bytes; likewise.
    public var digest: String
    /// The run that is repeated; empty when it was a file.
    public var runID: String
    /// 2 starts the requests in half the time that they were recorded in.
    public var speed: Double
    /// In order of their starts, the speed applied. Empty when a closed loop is repeated: there one request starts another.
    public var requests: [Place: [Request]] = [:]

    public static let speedAllowed = 0.001...1_000.0

    init(name: String = "", digest: String = "", runID: String = "", speed: Double) {
        self.name = name
        self.digest = digest
        self.runID = runID
        self.speed = speed
    }

    /// As it is kept with the run.
    var recorded: Events.Trace {
        .with {
            $0.name = name
            $0.digest = digest
            $0.runID = runID
            $0.requests = UInt32(clamping: requests.values.reduce(0) { $0 + $1.count })
            $0.speed = speed
        }
    }
}
