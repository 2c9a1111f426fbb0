import Foundation
import Streaming

/// Looks for model servers on this host, and finds out what really answers at an address.
public struct Discovery: Sendable {
    /// How long a place may take to answer the first question, and again to answer the others, which are asked at once.
    public static let probeLimit = Duration.seconds(1)

    private let client: StreamingClient
    private let limit: Duration
    private let usualPlaces: [Place]
    private let foundry: FoundryCommand
    private let foundryEndpoint: String?
    private let environment: [String: String]

    /// Somewhere to look, and why there.
    struct Place: Sendable {
        var name: String
        var endpoint: Endpoint
    }

    /// Looks at the usual ports and where `FLPERF_FOUNDRY_ENDPOINT` and the `foundry` command in `PATH` point.
    public init(client: StreamingClient, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(client: client, environment: environment, usualPorts: Self.usualPorts)
    }

    init(
        client: StreamingClient, environment: [String: String], usualPorts: KeyValuePairs<String, UInt16>,
        limit: Duration = probeLimit
    ) {
        self.client = client
        self.limit = limit
        usualPlaces = usualPorts.compactMap { name, port in
            (try? Endpoint("http://127.0.0.1:\(port)")).map { Place(name: name, endpoint: $0) }
        }
        self.environment = environment
        foundry = FoundryCommand(environment: environment)
        foundryEndpoint = environment["FLPERF_FOUNDRY_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
    }

    static let usualPorts: KeyValuePairs<String, UInt16> = [
        "Ollama": 11434, "LM Studio": 1234, "llama.cpp": 8080, "vLLM": 8000,
    ]

    /// Asks all places at once; takes no longer than the slowest of them, a second or so (three more with a slow
    /// `foundry` command).
    ///
    /// - Parameter extra: endpoints to look at as well; they come first in the report.
    public func look(alsoAt extra: [Endpoint] = []) async -> DiscoveryReport {
        let start = ContinuousClock.now
        var places = extra.map { Place(name: "given endpoint", endpoint: $0) }
        var refusals: [DiscoveryReport.Refusal] = []
        if let foundryEndpoint {
            do {
                places.append(Place(name: "FLPERF_FOUNDRY_ENDPOINT", endpoint: try Endpoint(foundryEndpoint)))
            } catch {
                refusals.append(
                    DiscoveryReport.Refusal(
                        place: "FLPERF_FOUNDRY_ENDPOINT", address: "", error: error, duration: .zero))
            }
        }
        places = Self.withoutRepeats(places + usualPlaces)
        async let told = foundryEndpoint == nil ? foundry.endpoints() : []
        var findings = await probe(places)
        let later = Self.withoutRepeats(places + (await told).map { Place(name: "foundry command", endpoint: $0) })
        findings += await probe(Array(later.dropFirst(places.count)))

        var report = DiscoveryReport(found: [], refusals: refusals, duration: .zero)
        for finding in findings {
            switch finding {
            case .success(let found): report.found.append(found)
            case .failure(let refusal): report.refusals.append(refusal)
            }
        }
        report.duration = ContinuousClock.now - start
        return report
    }

    /// What speaks at an address.
    ///
    /// - Throws: `unreachable`, `timedOut`, `missingKey`, or `notAModelServer` when something else answers there.
    public func identify(_ endpoint: Endpoint) async throws(BackendError) -> any Backend {
        let exchange = HTTPExchange(endpoint: endpoint, client: client)
        let question = "GET \(Fingerprint.modelsPath)"
        let first = try await exchange.answer("GET", Fingerprint.modelsPath, limit: limit)
        let problem = exchange.problem(with: first, asking: question, limit: limit)
        var fingerprint = Fingerprint(server: first.server)
        if problem == nil { fingerprint.answers[Fingerprint.modelsPath] = JSONValue(bytes: first.body) }
        if let problem, [.unreachable, .timedOut, .missingKey].contains(problem.code) { throw problem }
        // A server of llama.cpp without models may be a router, which its properties tell.
        if fingerprint.kindByHeader == nil || problem == nil && fingerprint.isEmpty {
            await withTaskGroup(of: (String, JSONValue?).self) { group in
                for path in Fingerprint.otherPaths {
                    group.addTask {
                        let outcome = try? await exchange.answer("GET", path, limit: limit)
                        return (path, outcome.flatMap { $0.failure == nil ? JSONValue(bytes: $0.body) : nil })
                    }
                }
                for await (path, answer) in group { fingerprint.answers[path] = answer }
            }
        }
        guard let kind = fingerprint.kind else { throw problem ?? exchange.notAModelServer(question, first) }
        return kind.backend(
            for: Server(
                kind: kind, exchange: exchange, isSimulated: fingerprint.isSimulated, isRouter: fingerprint.isRouter,
                environment: environment))
    }

    private typealias Finding = Result<DiscoveryReport.Found, DiscoveryReport.Refusal>

    /// All at once; the findings come in the order of the places.
    private func probe(_ places: [Place]) async -> [Finding] {
        await withTaskGroup(of: (Int, Finding).self) { group in
            for (index, place) in places.enumerated() {
                group.addTask { (index, await probe(place)) }
            }
            var findings: [(Int, Finding)] = []
            for await finding in group { findings.append(finding) }
            return findings.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func probe(_ place: Place) async -> Finding {
        let start = ContinuousClock.now
        do {
            let backend = try await identify(place.endpoint)
            return .success(
                DiscoveryReport.Found(backend: backend, place: place.name, duration: ContinuousClock.now - start))
        } catch {
            return .failure(
                DiscoveryReport.Refusal(
                    place: place.name, address: place.endpoint.description, error: error,
                    duration: ContinuousClock.now - start))
        }
    }

    /// One server is asked once, however often and under whichever loopback name it was mentioned.
    private static func withoutRepeats(_ places: [Place]) -> [Place] {
        var seen: Set<String> = []
        return places.filter { place in
            let address = place.endpoint.description
                .replacing("://localhost", with: "://127.0.0.1").replacing("://[::1]", with: "://127.0.0.1")
            return seen.insert(address).inserted
        }
    }
}
