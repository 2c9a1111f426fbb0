import Synchronization

/// What was asked and how long it took, for `/metrics`.
final class RequestMetrics: Sendable {
    /// Upper ends of the histogram's buckets, seconds.
    static let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    struct Key: Hashable, Comparable {
        var method: String
        /// As the route table has it; never what a caller wrote, of which there is no end.
        var route: String
        var status: Int

        static func < (a: Key, b: Key) -> Bool { (a.route, a.method, a.status) < (b.route, b.method, b.status) }
    }

    private struct Times {
        /// Requests in each bucket alone; those beyond the last are in `count` only.
        var counts = [UInt64](repeating: 0, count: buckets.count)
        var count: UInt64 = 0
        var seconds = 0.0

        mutating func add(_ seconds: Double) {
            if let bucket = buckets.firstIndex(where: { seconds <= $0 }) { counts[bucket] += 1 }
            count += 1
            self.seconds += seconds
        }

        mutating func add(_ other: Times) {
            for index in counts.indices { counts[index] += other.counts[index] }
            count += other.count
            seconds += other.seconds
        }
    }

    private let requests = Mutex<[Key: Times]>([:])
    private let inFlight = Atomic(0)

    func begin() { inFlight.add(1, ordering: .relaxed) }
    func end() { inFlight.subtract(1, ordering: .relaxed) }

    /// Counts a request that was answered.
    func add(_ key: Key, seconds: Double) { requests.withLock { $0[key, default: Times()].add(seconds) } }

    /// In Prometheus's text form.
    func write(to text: inout PrometheusWriter) {
        let requests = requests.withLock { $0 }
        text.family("flperf_http_requests_total", "counter", "Requests answered, by method, route and status.")
        for (key, times) in requests.sorted(by: { $0.key < $1.key }) {
            text.sample(
                "flperf_http_requests_total",
                [("method", key.method), ("route", key.route), ("status", "\(key.status)")], Double(times.count))
        }
        text.family("flperf_http_requests_in_flight", "gauge", "Requests that are being answered.")
        text.sample("flperf_http_requests_in_flight", [], Double(inFlight.load(ordering: .relaxed)))
        let name = "flperf_http_request_duration_seconds"
        text.family(name, "histogram", "Time from a request's head to the head of its answer, by route.")
        var routes: [String: Times] = [:]
        for (key, times) in requests { routes[key.route, default: Times()].add(times) }
        for (route, times) in routes.sorted(by: { $0.key < $1.key }) {
            var sum: UInt64 = 0
            for (end, count) in zip(Self.buckets, times.counts) {
                sum += count
                text.sample(name + "_bucket", [("route", route), ("le", "\(end)")], Double(sum))
            }
            text.sample(name + "_bucket", [("route", route), ("le", "+Inf")], Double(times.count))
            text.sample(name + "_sum", [("route", route)], times.seconds)
            text.sample(name + "_count", [("route", route)], Double(times.count))
        }
    }
}

/// Prometheus's text exposition format, version 0.0.4.
struct PrometheusWriter {
    private(set) var text = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let quoted = labels.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }
        let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        text += name + (quoted.isEmpty ? "" : "{\(quoted.joined(separator: ","))}") + " \(number)\n"
    }
}
