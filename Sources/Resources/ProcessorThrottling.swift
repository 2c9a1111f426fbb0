/// How often the processor's cores were slowed down for their heat.
///
/// - Unit: times since the system started, all cores together; hyper-threads share their core's.
/// - Source: `thermal_throttle/core_throttle_count` below `/sys/devices/system/cpu`, which only Intel's processors have, and
///   no virtual machine.
struct ProcessorThrottling: Sendable {
    private let files: [String]

    /// Finds the counters, or says why there are none. `root` stands before `/sys`; empty but for tests.
    static func open(root: String = "") -> Result<ProcessorThrottling, Unavailable> {
        let folder = "\(root)/sys/devices/system/cpu"
        let files = PlainFile.names(in: folder).filter { $0.hasPrefix("cpu") && Int($0.dropFirst(3)) != nil }
            .filter { name in
                let siblings = PlainFile.word("\(folder)/\(name)/topology/thread_siblings_list")
                return ProcessorSet(siblings ?? "")?.first.map { "cpu\($0)" == name } ?? true
            }
            .map { "\(folder)/\($0)/thermal_throttle/core_throttle_count" }
            .filter { PlainFile.number($0) != nil }
        guard !files.isEmpty else {
            return .failure(Unavailable(reason: "no core_throttle_count in \(folder)"))
        }
        return .success(ProcessorThrottling(files: files))
    }

    /// Nil when a counter can't be read any more.
    func read() -> UInt64? {
        var sum: UInt64 = 0
        for file in files {
            guard let count = PlainFile.number(file) else { return nil }
            sum += count
        }
        return sum
    }
}
