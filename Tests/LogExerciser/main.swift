// A program that the fault trials run, kill and lie to: `log-exerciser help` tells what it can do.
import EventStore
import Events
import Foundation
import Storage

let help = """
    append FOLDER [--events N] [--batch B] [--appenders K] [--pause MS]
        Appends N events in batches of 1 to B from K threads, and prints "ID POSITION" once one is acknowledged. After an
        error it appends the same events again, after opening the log anew where the error asks for that.
    check FOLDER FILE…
        Verifies the log and compares it with what `append` printed. A FILE may end in the middle of a line.
    read FOLDER             Reads everything, for reading only, and prints how many events there are.
    hold-reader FOLDER      Opens a snapshot, prints "holding", and keeps it until the process is killed.
    maintain FOLDER COPY    Syncs, reopens and copies the store, then compacts it.
    failpoints              Prints the names of all failpoints.
    flip FOLDER [--flips N] [--first I] [--seed S] [--anywhere]
        Flips one bit at a time, of stored events or of any byte of the file, and reads everything.
    truncate FOLDER         Cuts copies of the file off at every page border and reads everything.
    replay TRACE FOLDER [--cuts N] [--first I] [--seed S] [--ignore-syncs]
        Makes what the disk may hold after a power cut at N points of a trace, and checks that every event is there that was
        acknowledged by then. Ignoring the syncs it must find what is lost: the trial of the trial.
    """

/// The words of a command line: those before the first option, and the numbers behind options.
struct Arguments {
    var words: [String] = []
    private var options: [String: Int] = [:]

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                words.append(argument)
                continue
            }
            if let number = rest.first.flatMap({ Int($0) }) {
                options[argument] = number
                rest.removeFirst()
            } else {
                options[argument] = 1
            }
        }
    }

    func number(_ name: String, _ otherwise: Int) -> Int { options["--" + name] ?? otherwise }
    func has(_ name: String) -> Bool { options["--" + name] != nil }

    subscript(index: Int) -> String {
        guard index < words.count else { fail("An argument is missing.\n" + help, code: 64) }
        return words[index]
    }
}

func fail(_ message: String, code: Int32 = 1) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(code)
}

/// One call a line, so that a line is whole or, at the end, cut off.
func printNow(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    guard write(STDOUT_FILENO, bytes, bytes.count) == bytes.count else { fail("Could not write to standard output.") }
}

/// A library that changes the environment before the program begins (libfaketime does) hides the arguments from Swift, which
/// finds them beside it.
func givenArguments() throws -> [String] {
    if !CommandLine.arguments.isEmpty { return Array(CommandLine.arguments.dropFirst()) }
    let line = try Data(contentsOf: URL(fileURLWithPath: "/proc/self/cmdline"))
    return line.split(separator: 0, omittingEmptySubsequences: false).dropFirst().dropLast()
        .map { String(decoding: $0, as: UTF8.self) }
}

/// A transaction that takes pages at the end of the file and gives most of them back.
func useAndFreePages(of store: Store) throws {
    let table = Table<String, String>("scratch")
    for round in 0..<2 {
        try store.write { transaction throws in
            for number in 0..<2000 { try table.put("\(number)", "\(round)", in: transaction) }
            for number in 0..<1990 { try table.delete("\(number)", in: transaction) }
        }
    }
}

let arguments = Arguments(try givenArguments())
do {
    switch arguments[0] {
    case "append": try Appending(arguments).run()
    case "check":
        try Check(
            folder: arguments[1], acknowledged: arguments.words.dropFirst(2).flatMap { try Check.lines(ofFile: $0) }
        ).report()
    case "read":
        let log = try EventLog(folder: arguments[1], access: .readOnly)
        printNow("events=\(try log.read(from: 1, limit: .max).count)")
    case "hold-reader":
        let log = try EventLog(folder: arguments[1], access: .readOnly)
        try log.scan { _ in
            printNow("holding")
            while true { sleep(60) }
        }
    case "maintain":
        let store = try Store(folder: arguments[1])
        try useAndFreePages(of: store)
        try store.sync()
        try store.reopen()
        try store.copy(to: arguments[2])
        try store.compact()
        store.close()
        printNow("maintained")
    case "failpoints": for point in Failpoint.allCases { printNow(point.rawValue) }
    case "flip": try Flips(arguments).run()
    case "truncate": try cutOffEverywhere(arguments[1])
    case "replay": try Replay(arguments).run()
    case "help": printNow(help)
    default: fail("Unknown command '\(arguments[0])'.\n" + help, code: 64)
    }
} catch {
    fail("\(error)")
}
