import Benchmarking
import DataFolder
import Foundation
import Hummingbird
import Runs

/// What a monitoring system asks for.
func addMetricsRoute(to table: inout RouteTable, _ sources: WebSources) {
    let installation = sources.installation
    let started = Date().timeIntervalSince1970

    table.get("/metrics", "Figures of the service, in Prometheus's text form.", answer: .text("text/plain")) { _ in
        var text = PrometheusWriter()
        text.family("flperf_build_info", "gauge", "The version that runs; always 1.")
        text.sample("flperf_build_info", [("version", softwareVersion)], 1)
        sources.metrics.write(to: &text)
        text.family("flperf_event_streams", "gauge", "Streams of events that are open.")
        text.sample("flperf_event_streams", [], Double(sources.streams.count))
        text.family("flperf_http_connections", "gauge", "Connections that are open.")
        text.sample("flperf_http_connections", [], Double(sources.connections.count))
        text.family("flperf_http_connections_evicted_total", "counter", "Connections closed to make room for others.")
        text.sample("flperf_http_connections_evicted_total", [], Double(sources.connections.evicted))

        let runs = try installation.runs()
        let last = try installation.log.lastPosition()
        text.family("flperf_log_last_position", "gauge", "Events in the log.")
        text.sample("flperf_log_last_position", [], Double(last))
        text.family("flperf_tables_behind_events", "gauge", "Events that the tables have not seen yet.")
        text.sample("flperf_tables_behind_events", [], Double(last - min(last, runs.position)))
        text.family("flperf_runs", "gauge", "Runs by status, without deleted ones.")
        for status in RunRow.Status.allCases {
            text.sample(
                "flperf_runs", [("status", status.rawValue)], Double(runs.value.count { $0.status == status }))
        }
        text.family("flperf_models", "gauge", "Registered models.")
        text.sample("flperf_models", [], Double(try installation.models().value.count))

        let process = ProcessFigures()
        text.family("process_cpu_seconds_total", "counter", "Processor time, user and system.")
        text.sample("process_cpu_seconds_total", [], process.processorSeconds)
        text.family("process_start_time_seconds", "gauge", "When the service was started, since the epoch.")
        text.sample("process_start_time_seconds", [], started)
        if let bytes = process.residentBytes {
            text.family("process_resident_memory_bytes", "gauge", "Memory in use, pages of mapped files included.")
            text.sample("process_resident_memory_bytes", [], Double(bytes))
        }
        if let files = process.openFiles {
            text.family("process_open_fds", "gauge", "Open files and connections.")
            text.sample("process_open_fds", [], Double(files))
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            bytes: Array(text.text.utf8))
    }
}

/// What this process uses; nil where the system does not tell.
private struct ProcessFigures {
    var processorSeconds: Double
    var residentBytes: Int?
    var openFiles: Int?

    init() {
        var usage = rusage()
        #if os(Linux)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
        getrusage(RUSAGE_SELF, &usage)
        #endif
        processorSeconds =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        residentBytes = pages?.dropFirst().first.flatMap { Int($0) }.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
        openFiles = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count
    }
}
