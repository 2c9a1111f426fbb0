import ArgumentParser
import Benchmarking
import Orchestrator

/// The course of a run: how many models at once, and what is done with their servers meanwhile.
struct CourseOptions: ParsableArguments {
    @Option(
        defaultAsFlag: ParallelModels.automatic,
        help: ArgumentHelp(
            """
            Measure models at the same time: so many, or without a number as many as there is room for, else one after \
            another and the reason is said. They disturb one another, which is noted with the run.
            """, valueName: "number"))
    var parallelModels: ParallelModels?
    @Flag(help: "Unload each model when its part of the run is over, on servers that can.") var unloadBetween = false
    @Option(
        help: ArgumentHelp(
            """
            Start a server that stopped answering again, at most so many times, load the model again and go on with what is \
            left. Without it the model's part ends there as failed, and the others go on.
            """, valueName: "times"))
    var restartOnFailure: Int?
    @Option(
        help: ArgumentHelp(
            """
            The command that starts a server again, where its own tool does not; it is not recorded. With several --endpoint: \
            one for each, in their order, - for none.
            """, valueName: "command"))
    var restartCommand: [String] = []

    enum ParallelModels: ExpressibleByArgument, Equatable {
        case automatic
        case count(Int)

        init?(argument: String) {
            guard let count = Int(argument) else { return nil }
            self = .count(count)
        }
    }

    /// Sets what was asked for; the rest stays.
    func apply(to settings: inout RunSettings) throws {
        if unloadBetween { settings.unloadBetween = true }
        if let restartOnFailure {
            settings.restartOnFailure = try Limits.within(
                RunSettings.restartsAllowed, restartOnFailure, "--restart-on-failure")
        }
        guard restartCommand.isEmpty || settings.restartOnFailure > 0 else {
            throw Failure(.usage, "'--restart-command' is for '--restart-on-failure': give that too.")
        }
        if case .count(let count) = parallelModels {
            _ = try Limits.within(RunSettings.parallelModelsAllowed, count, "--parallel-models")
        }
    }

    /// The plan as these options have it on the servers that it has.
    ///
    /// - Parameter endpoints: those that were named, in their order.
    func prepare(_ plan: RunPlan, endpoints: [Endpoint]) async throws -> RunPlan {
        var plan = plan
        plan.restartCommands = try commands(for: plan.models.map(\.backend.endpoint), named: endpoints)
        switch parallelModels {
        case .automatic: return await plan.prepared(.automatic)
        case .count(let count): return await plan.prepared(.count(count))
        case nil: return await plan.prepared()
        }
    }

    private func commands(for servers: [Endpoint], named: [Endpoint]) throws -> [Endpoint: String] {
        guard let first = restartCommand.first else { return [:] }
        let servers = Set(servers)
        if restartCommand.count == 1, servers.count == 1 { return first == "-" ? [:] : [servers.first!: first] }
        guard restartCommand.count == named.count else {
            throw Failure(
                .usage,
                """
                '--restart-command' is given \(restartCommand.count == 1 ? "once" : "\(restartCommand.count) times") for \
                \(servers.count) servers: name each with --endpoint and give a command for each, - for none.
                """)
        }
        let pairs = zip(named, restartCommand).filter { $0.1 != "-" }
        return Dictionary(pairs.map { ($0.0, $0.1) }) { first, _ in first }
    }
}
