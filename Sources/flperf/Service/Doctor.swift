import ArgumentParser
import Benchmarking
import DataFolder
import EventStore
import Formulas
import Foundation
import Orchestrator
import ProjectionKit
import Resources
import Streaming

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what flperf finds here: settings, servers, hardware, and what may spoil a measurement.",
        discussion: "Example:\n  flperf doctor")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var suites: SuiteOptions

    private struct Report: Encodable {
        struct Server: Encodable {
            var kind: String
            var endpoint: String
            var version: String?
            var process_id: Int32?
        }
        var version: String
        var settings: [String: Setting]
        var events: UInt64?
        var log_bytes: UInt64?
        /// Events that the tables lack, as they could not be folded.
        var left_out: [PoisonedEvent]
        var data_problem: String?
        var suites: [String]
        var formula_sets: [String]
        var hardware: HostDescription
        var servers: [Server]
        var nothing_found: String?
        var warnings: [String]
    }

    func run() async throws {
        let report = try await look()
        if options.json { return try Console.json(report) }
        let style = Style.output
        var table = TextTable([("Setting", .left), ("Value", .left), ("From", .left)])
        for (name, setting) in report.settings.sorted(by: { $0.key < $1.key }) {
            table.add([name, setting.value, setting.origin])
        }
        Console.out("\(report.version)\n\n\(table.render(style))\n")
        if let problem = report.data_problem { Console.out(style.red(problem)) }
        if let events = report.events {
            Console.out("Log      \(Figures.count(events)) events, \(Figures.bytes(report.log_bytes ?? 0))")
        }
        if let sentences = report.left_out.inWords { Console.out(style.yellow("Tables   \(sentences)")) }
        Console.out("Suites   \(report.suites.isEmpty ? "none" : report.suites.joined(separator: ", "))")
        Console.out("Formulas \(report.formula_sets.joined(separator: ", "))")
        let host = report.hardware
        Console.out(
            "Host     \(host.cpuModel ?? "unknown CPU"), \(host.logicalCores.map { "\($0) cores" } ?? "—"), \(host.memoryBytes.map(Figures.bytes) ?? "—"), \(host.osName ?? "—") \(host.osVersion ?? ""), kernel \(host.kernel ?? "—")"
        )
        for gpu in host.gpus { Console.out("GPU      \(gpu.name) \(gpu.memoryBytes.map(Figures.bytes) ?? "")") }
        for reason in host.unavailable { Console.out(style.dim("         \(reason)")) }
        for server in report.servers {
            let process = server.process_id.map { "process \($0)" } ?? ""
            Console.out("Server   \(server.kind) \(server.endpoint) \(server.version ?? "") \(process)")
        }
        if let nothing = report.nothing_found { Console.out("Servers  \(nothing)") }
        for warning in report.warnings { Console.out(style.yellow("Note     \(warning)")) }
    }

    private func look() async throws -> Report {
        let client = StreamingClient()
        let found = await Discovery(client: client).look()
        var servers: [Report.Server] = []
        var hardware = HostDescription.read()
        var warnings = MeasurementWarnings.check()
        for reason in ResourceSampler().unavailable where !hardware.unavailable.contains(reason) {
            hardware.unavailable.append(reason)
        }
        for backend in found.found.map(\.backend) {
            let process = ServerProcess(of: backend)
            servers.append(
                .init(
                    kind: backend.kind.rawValue, endpoint: "\(backend.endpoint)",
                    version: await backend.runtimeVersion(), process_id: process.id))
            hardware.unavailable += [process.unavailable].compactMap(\.self)
            warnings += process.warnings
        }
        await client.shutdown()
        let settings = EffectiveSettings(options, suites).byName
        var events: UInt64?
        var problem: String?
        var leftOut: [PoisonedEvent] = []
        do {
            let installation = try options.open(folding: false)
            events = try installation.log.lastPosition()
            leftOut = try installation.projector.leftOut()
            installation.close()
        } catch {
            problem = Failure.sentence(of: error)
        }
        let file = options.dataFolder.value + "/log/data.mdb"
        return Report(
            version: softwareVersion, settings: settings, events: events,
            log_bytes: (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? UInt64) ?? nil,
            left_out: leftOut, data_problem: problem,
            suites: suites.library.entries().map { (try? $0.suite.get().name) ?? "\($0.path) (can't be used)" },
            formula_sets: FormulaSet.builtIn.map(\.name)
                + FormulaLibrary(folder: options.formulasFolder.value).entries().map {
                    (try? $0.set.get().name) ?? "\($0.path) (can't be used)"
                }, hardware: hardware, servers: servers,
            nothing_found: found.found.isEmpty ? found.nothingFound : nil, warnings: warnings)
    }
}
