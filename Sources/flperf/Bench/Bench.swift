import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures flperf itself beside other programs.", subcommands: [Client.self])
}
