import Crypto
import Events
import Foundation

/// Reads the storage file of FLPerformance: its models, runs, raw iterations and logs become events, ids and times kept.
///
/// What it did not measure stays null. Its stored figures are not copied: they are computed again from the iterations by
/// `flperformance/1`.
public enum FLPerformanceStorage {
    /// The set that gives back the original's figures.
    static let formulaSet = "flperformance/1"
    /// What `RunRequested.origin` says.
    static let origin = "flperformance"

    /// The events in these bytes.
    ///
    /// - Parameter digest: of the file that they were read from, where that is another one.
    /// - Throws: `ImportError` when they are not such a file.
    public static func read(
        _ bytes: [UInt8], path: String, digest: String? = nil
    ) throws(ImportError) -> ImportedHistory {
        let file: FLPerformanceFile
        do {
            file = try JSONDecoder().decode(FLPerformanceFile.self, from: Data(bytes))
        } catch let DecodingError.keyNotFound(key, context) {
            throw .notStorage(path: path, reason: "'\(key.stringValue)' is missing at \(place(context))")
        } catch let DecodingError.typeMismatch(_, context) {
            throw .notStorage(path: path, reason: "\(place(context)) is not what is expected there")
        } catch {
            throw .notStorage(path: path, reason: "it is not JSON")
        }
        guard let runs = file.benchmark_runs, let results = file.benchmark_results else {
            throw .notStorage(path: path, reason: "it has no benchmark_runs or no benchmark_results")
        }
        if let place = file.impossibleNumber {
            throw .notStorage(path: path, reason: "\(place) has a time or a count that nothing measured can be")
        }
        let models = file.models?.elements ?? []
        let source = Source(
            fileName: path.split(separator: "/").last.map(String.init) ?? path,
            digest: digest ?? "sha256:" + SHA256.hash(data: bytes).map { hexadecimal($0) }.joined(),
            models: Dictionary(models.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))

        var history = ImportedHistory()
        for model in models {
            history.models.append(
                try stream(model.id, StreamID.model, named: model.alias, events(of: model), path: path))
        }
        for run in runs.elements.sorted(by: { ($0.created_at ?? 0, $0.id) < ($1.created_at ?? 0, $1.id) }) {
            let own = results.elements.filter { $0.run_id == run.id }
            for result in own where result.raw_data?.iterations == nil {
                history.notes.append(
                    "run \(run.id), '\(result.scenario)': no raw iterations, so its figures can't be computed")
            }
            history.runs.append(
                try stream(run.id, StreamID.run, named: run.id, source.events(of: run, own), path: path))
        }
        // By what they say and not by their place, so that a later file adds only the lines that are new in it.
        var alike: [String: Int] = [:]
        history.logs = (file.logs?.elements ?? []).map { log in
            let text = [log.entity_type, log.entity_id, log.level, log.message].map { $0 ?? "" }.joined(
                separator: "\u{0}")
            let line = "\(log.created_at ?? 0)/\(text)"
            alike[line, default: 0] += 1
            return (
                EventID(deterministicFrom: "\(origin)/log/\(alike[line, default: 0])/\(line)"),
                .logRecorded(record(log))
            )
        }
        return history
    }

    static func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        return path.isEmpty ? "the top" : path
    }

    static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func stream(
        _ id: String, _ make: (String) throws(StreamIDError) -> StreamID, named name: String, _ events: [Event],
        path: String
    ) throws(ImportError) -> ImportedHistory.Stream {
        let stream: StreamID
        do {
            stream = try make(id)
        } catch {
            throw .notStorage(path: path, reason: "the id '\(id.prefix(80))' can't name a stream: \(error.reason)")
        }
        return ImportedHistory.Stream(
            stream: stream, name: name,
            events: events.enumerated().map { index, event in
                (EventID(deterministicFrom: "\(origin)/\(stream)/\(index)"), event)
            })
    }

    private static func events(of model: FLPerformanceFile.Model) -> [Event] {
        var events: [Event] = [
            .modelAdded(
                .with {
                    $0.model = identity(of: model)
                    if let at = model.created_at { $0.occurredUnixNs = at * 1_000_000 }
                })
        ]
        if let at = model.last_heartbeat {
            events.append(
                .modelHealthChecked(
                    .with {
                        $0.modelID = model.id
                        $0.healthy = true
                        $0.detail = "the last heartbeat that FLPerformance stored"
                        $0.occurredUnixNs = at * 1_000_000
                    }))
        }
        return events
    }

    /// What really ran is `foundry_id`: the original measured another variant than the one asked for.
    static func identity(of model: FLPerformanceFile.Model) -> ModelIdentity {
        .with {
            $0.id = model.id
            $0.alias = model.alias
            $0.modelID = model.model_id
            $0.backend = "foundry-local-legacy"
            $0.endpoint = model.endpoint.flatMap(withoutSecrets) ?? ""
            if let variant = model.foundry_id { $0.variant = variant }
            if let version = model.version { $0.version = version }
            if let type = model.deviceType { $0.deviceType = type }
            if let provider = model.executionProvider { $0.executionProvider = provider }
            if let megabytes = model.modelSize { $0.sizeBytes = UInt64(max(0, megabytes) * 1_000_000) }
        }
    }

    /// Nil for an address that may carry a key: none enters the log.
    static func withoutSecrets(_ endpoint: String) -> String? {
        guard let parts = URLComponents(string: endpoint), parts.user == nil, parts.password == nil, parts.query == nil,
            parts.fragment == nil
        else { return nil }
        return endpoint
    }

    private static func record(_ log: FLPerformanceFile.Log) -> LogRecorded {
        .with {
            $0.level = ["error": .error, "warn": .warn, "debug": .debug][log.level ?? ""] ?? .info
            $0.entityType = log.entity_type ?? "service"
            $0.entityID = log.entity_id ?? ""
            $0.message = log.message
            if let at = log.created_at { $0.occurredUnixNs = at * 1_000_000 }
        }
    }
}
