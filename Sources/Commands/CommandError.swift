/// Why a command was refused. Nothing was recorded then.
public enum CommandError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownModel(String, known: [String])
    case unknownRun(String)
    case runExists(String)
    case runGoesOn(String)
    case unknownSchedule(String)
    case scheduleExists(String)

    public var description: String {
        switch self {
        case .unknownModel(let name, let known):
            "Unknown model '\(name)'. "
                + (known.isEmpty
                    ? "None is registered; `flperf models available` shows what the servers here offer."
                    : "Registered are: \(known.joined(separator: ", ")).")
        case .unknownRun(let id): "Unknown run '\(id)'. `flperf runs list` shows those there are."
        case .runGoesOn(let id):
            "Could not delete run '\(id)': it is going on. Wait for its end, or cancel it."
        case .runExists(let id): "Could not start run '\(id)': there is one of that id already."
        case .unknownSchedule(let id): "Unknown schedule '\(id)'. `flperf schedules list` shows those there are."
        case .scheduleExists(let id): "Could not add schedule '\(id)': there is one of that id already."
        }
    }
}
