/// What a formula can name: every measured value with its unit, shape and source.
public enum InputCatalogue {
    /// One measured value that formulas can name.
    public struct Input: Sendable, Equatable {
        /// The name in formulas.
        public let name: String
        /// The unit, `1` for counts and flags; a flag is 1, 0 or null.
        public let unit: String
        /// How many values there are.
        public let shape: Shape
        /// What it is, in a sentence.
        public let doc: String
        /// Where it comes from, and when it is null.
        public let source: String
    }

    /// How many values an input has.
    public enum Shape: String, Sendable, CaseIterable {
        /// One per request.
        case sample = "one per sample"
        /// One per non-empty content chunk of each request.
        case chunk = "one per chunk"
        /// One between each two neighbouring content chunks of each request.
        case gap = "one per gap between chunks"
        /// One per reading of the host's resources while the group ran.
        case reading = "one per resource reading"
        /// One for all samples of the group.
        case group = "one per group"
    }

    /// Every input, in the order in which a manual should list them.
    public static let all: [Input] = times + counts + flags + server + client + arrays + readings + group

    /// The input with this name.
    public static func input(named name: String) -> Input? { place(of: name).map { all[$0] } }

    /// Where the input with this name stands in ``all``: what a ``SampleSource`` calls it.
    public static func place(of name: String) -> Int? { places[name] }

    private static let places = Dictionary(uniqueKeysWithValues: zip(all.map(\.name), all.indices))

    /// The inputs of samples that are moments, counted from their run's anchor.
    static let moments = Set(times.map(\.name)).subtracting(["original_ttft"]).union(["chunk_times"])

    private static let times: [Input] = [
        time(
            "intended_start", "When the schedule meant to start the request; equal to 'started' in a closed loop.",
            "the schedule of an open-loop run"),
        time("started", "When the client took up the request.", "client's monotonic clock"),
        time("connected", "When the connection stood; equal to 'started' on a reused one.", "client's monotonic clock"),
        time("sent", "When the last byte of the request was handed to the socket.", "client's monotonic clock"),
        time("headers", "When the response's headers had arrived.", "client's monotonic clock"),
        time("first_byte", "When the first byte of the body arrived.", "client's monotonic clock"),
        time(
            "first_content", "When the first chunk with non-empty content arrived; reasoning text counts.",
            "client's monotonic clock; null when there was no content"),
        time(
            "last_content", "When the last chunk with non-empty content arrived.",
            "client's monotonic clock; null when there was no content"),
        time("ended", "When the response was complete, failed or was given up.", "client's monotonic clock"),
        Input(
            name: "original_ttft", unit: "ms", shape: .sample,
            doc: "Wait for the first content as another tool measured and stored it.",
            source: "imported samples only; null for our own"),
    ]

    private static let counts: [Input] = [
        of("prompt_tokens", "tokens", .sample, "Tokens of the prompt.", "server's usage; null when it reports none"),
        of(
            "asked_prompt_tokens", "tokens", .sample, "Tokens that the prompt was to have.",
            "the scenario; null unless its prompts are synthetic"),
        of(
            "completion_tokens", "tokens", .sample, "Tokens of the answer, reasoning included.",
            "server's usage or a tokenizer ('tokens_from_server' says which); null when unknown"),
        of("reasoning_tokens", "tokens", .sample, "Tokens of reasoning in the answer.", "server's usage; else null"),
        of("cached_tokens", "tokens", .sample, "Prompt tokens taken from a cache.", "server's usage; else null"),
        of("content_chunks", "chunks", .sample, "Chunks with non-empty content.", "counted by the client"),
        of("output_bytes", "bytes", .sample, "UTF-8 bytes of the answer's text.", "counted by the client"),
        of("iteration", "1", .sample, "Which repetition of the scenario it was.", "the schedule"),
        of(
            "turn", "1", .sample, "Which turn of its conversation it was, counted from 0.",
            "the scenario; null unless it has turns"),
        of("http_status", "1", .sample, "Status code of the response.", "the response; null when none came"),
    ]

    private static let flags: [Input] = [
        flag("failed", "Whether the request failed, for any reason.", "the client's error class, timeouts included"),
        flag("timed_out", "Whether a time limit ended the request.", "the client's error class"),
        flag("cancelled", "Whether the user ended the request.", "the client's error class"),
        flag("truncated", "Whether the stream broke off before its end.", "the client's error class"),
        flag(
            "warmup", "Whether the request only warmed the model up, or kept the load on behind the measured ones.",
            "the schedule"),
        flag("streamed", "Whether the answer came as a stream.", "the request"),
        flag(
            "kernel_clock", "Whether the kernel stamped the arrivals, however late the client read them.",
            "1 where the sample's clock is the kernel's, else 0"),
        flag(
            "first_shared",
            "Whether the first chunk was read together with later ones, so that it came then at the latest.",
            "the sample's shared reads"),
        flag(
            "tokens_from_server", "Whether the token counts are the server's own.",
            "1 when they come from the server's usage, else 0"),
    ]

    private static let server: [Input] = [
        of("server_prompt_ms", "ms", .sample, "Time on the prompt, by the server's own clock.", serverSource),
        of("server_decode_ms", "ms", .sample, "Time on the answer, by the server's own clock.", serverSource),
        of("server_load_ms", "ms", .sample, "Time to load the model, by the server's own clock.", serverSource),
        of("server_total_ms", "ms", .sample, "Time of the whole request, by the server's own clock.", serverSource),
        of("server_queue_ms", "ms", .sample, "Time in the server's queue, by its own clock.", serverSource),
    ]

    private static let client: [Input] = [
        of("client_reads", "count", .sample, "Reads of bytes that the kernel had stamped.", clientSource),
        of(
            "client_read_delay_sum", "ms", .sample,
            "From the arrival by the kernel to the read, all those reads together.",
            clientSource),
        of("client_read_delay_max", "ms", .sample, "The longest of them.", clientSource),
        of(
            "client_loop_lag_max", "ms", .sample, "Longest time in which the client did not look at its sockets.",
            clientSource),
        of(
            "client_refill", "ms", .sample,
            "From the end of the request before it, on the same stream, to its own start.",
            clientSource + " or there was none; null in an open loop too"),
    ]

    private static let arrays: [Input] = [
        of(
            "gaps", "ms", .gap, "Time between consecutive content chunks.", "client's monotonic clock, as chunks arrive"
        ),
        of(
            "chunk_times", "ms", .chunk, "When each content chunk arrived, since the run's anchor.",
            "client's monotonic clock"),
        of("chunk_sizes", "bytes", .chunk, "Size of each content chunk's text in UTF-8.", "counted by the client"),
    ]

    private static let readings: [Input] = [
        of("at", "ms", .reading, "When the reading was taken, since the run's anchor.", "client's monotonic clock"),
        of(
            "host_cpu", "%", .reading, "Load of all cores of the host together; 100 is all of them.", "operating system"
        ),
        of("memory_percent", "%", .reading, "Share of the host's memory in use.", "operating system"),
        of("memory_used", "bytes", .reading, "Memory of the host in use.", "operating system"),
        of(
            "process_cpu", "%", .reading, "Load of the model server's process; 100 is one core.",
            "operating system; null when the process is not known"),
        of(
            "process_memory", "bytes", .reading, "Resident memory of the model server's process.",
            "operating system; null when the process is not known"),
        of("gpu_utilisation", "%", .reading, "Mean utilisation over the GPUs.", "GPU driver; null without one"),
        of("gpu_memory", "bytes", .reading, "Memory in use, summed over the GPUs.", "GPU driver; null without one"),
        of("gpu_power", "W", .reading, "Power drawn, summed over the GPUs.", "GPU driver; null without one"),
        of(
            "gpu_energy", "J", .reading, "Energy that the GPUs have used; a counter that only grows.",
            "GPU driver; null unless every GPU tells"),
        of("gpu_temperature", "°C", .reading, "Temperature of the hottest GPU.", "GPU driver; null without one"),
        of("swap_used", "bytes", .reading, "Swap of the host in use.", "operating system"),
        of(
            "disk_read", "bytes", .reading, "Read from the host's disks; a counter that only grows.",
            "operating system"),
        of(
            "disk_written", "bytes", .reading, "Written to the host's disks; a counter that only grows.",
            "operating system"),
        of(
            "network_received", "bytes", .reading,
            "Received from the network, loopback left out; a counter that only grows.", "operating system"),
        of(
            "network_sent", "bytes", .reading, "Sent to the network, loopback left out; a counter that only grows.",
            "operating system"),
        of(
            "process_threads", "1", .reading, "Threads of the model server's process.",
            "operating system; null when the process is not known"),
        of(
            "cgroup_throttled", "ms", .reading,
            "Time in which the server's control group was not let run; a counter that only grows.",
            "operating system; null when the process or its group is not known"),
        of(
            "cpu_throttles", "1", .reading,
            "Times that a core was slowed down for its heat; a counter that only grows.",
            "operating system; null where the processor does not tell"),
        of(
            "own_cpu", "%", .reading, "Load of flperf's own process; 100 is one core.", "operating system"),
        of(
            "package_energy", "J", .reading, "Energy that the processor packages have used; a counter that only grows.",
            "RAPL; null where it cannot be read"),
        of(
            "after_sample", "1", .reading, "Whether the reading was taken right after a sample: 1, 0 or null.",
            "imported snapshots; 0 for readings taken all through a run"),
    ]

    private static let group: [Input] = [
        of(
            "concurrency", "1", .group, "Requests in flight at the same time, as asked for.",
            "the run's load level; null in an open loop"),
        of(
            "failures_infinite", "1", .group, "Whether a failed request counts as one of infinite latency: 1 or 0.",
            "asked for where figures are shown; 0 where they are stored"),
        of(
            "shed", "count", .group, "Requests of an open loop that were not sent, because too many were under way.",
            "the samples of that error class; null in a closed loop"),
        of("slo_ttft", "ms", .group, "Objective for the wait for the first token.", objectiveSource),
        of("slo_tpot", "ms/token", .group, "Objective for each further token.", objectiveSource),
        of("slo_latency", "ms", .group, "Objective for a request from end to end.", objectiveSource),
    ]

    private static let clientSource = "the client's own clock; null where it was not kept"
    private static let objectiveSource = "the run's configuration; null when it has none"
    private static let serverSource = "reported in the server's response; null when it is not"

    private static func of(_ name: String, _ unit: String, _ shape: Shape, _ doc: String, _ source: String) -> Input {
        Input(name: name, unit: unit, shape: shape, doc: doc, source: source)
    }

    private static func time(_ name: String, _ doc: String, _ source: String) -> Input {
        of(name, "ms", .sample, doc + " Counted from the run's anchor.", source)
    }

    private static func flag(_ name: String, _ doc: String, _ source: String) -> Input {
        of(name, "1", .sample, doc + " 1, 0 or null.", source)
    }
}
