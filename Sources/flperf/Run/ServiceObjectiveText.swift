import Benchmarking
import Foundation

/// An objective as it is written on the command line: `ttft=300ms,tpot=50ms,latency=5s,share=95%`.
enum ServiceObjectiveText {
    /// - Throws: `Failure` naming the part that can't be read.
    static func read(_ text: String) throws -> Objective {
        var objective = Objective()
        var seen: Set<String> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2 else {
                throw Failure(
                    .usage, "'--slo' takes limits such as ttft=300ms,tpot=50ms,latency=5s,share=95%, found '\(part)'.")
            }
            guard seen.insert(sides[0]).inserted else { throw Failure(.usage, "'--slo' has '\(sides[0])' twice.") }
            switch sides[0] {
            case "ttft": objective.ttft = try limit(sides[1], of: "ttft")
            case "tpot": objective.tpot = try limit(sides[1], of: "tpot")
            case "latency": objective.latency = try limit(sides[1], of: "latency")
            case "share": objective.share = try share(sides[1])
            default:
                throw Failure(.usage, "'--slo' takes ttft, tpot, latency and share, found '\(sides[0])'.")
            }
        }
        guard !seen.subtracting(["share"]).isEmpty else {
            throw Failure(.usage, "'--slo' has no limit: give ttft, tpot or latency, such as ttft=300ms.")
        }
        return objective
    }

    private static func limit(_ text: String, of name: String) throws -> Duration {
        guard let span = TimeSpan(argument: text), span.duration > .zero else {
            throw Failure(.usage, "'--slo \(name)' must be a duration such as 300ms or 1.5s, found '\(text)'.")
        }
        return span.duration
    }

    private static func share(_ text: String) throws -> Double {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? text.dropLast() : text[...]) else {
            throw Failure(.usage, "'--slo share' must be a share of the requests such as 95% or 0.95, found '\(text)'.")
        }
        let share = isPercent ? number / 100 : number
        guard share > 0, share <= 1 else {
            throw Failure(.usage, "'--slo share' must be above 0 and at most 100%, found '\(text)'.")
        }
        return share
    }
}
