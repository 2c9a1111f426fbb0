import Foundation

/// How this process is set up: each setting's value and where it comes from.
struct EffectiveSettings {
    var byName: [String: Setting]

    init(_ options: GlobalOptions, _ suites: SuiteOptions) {
        let environment = ProcessInfo.processInfo.environment
        byName = ["data": options.dataFolder, "formulas": options.formulasFolder]
        byName["suites"] = Setting(
            value: suites.library.folders.joined(separator: ", "),
            origin: suites.suites != nil
                ? "--suites" : environment["FLPERF_SUITES"].map { _ in "FLPERF_SUITES" } ?? "default")
        for (name, fallback) in [
            ("LOG_LEVEL", "info"), ("PORT", "3001"), ("FLPERF_FOUNDRY_ENDPOINT", "found by probing"),
        ] {
            byName[name] =
                environment[name].map { Setting(value: $0, origin: name) }
                ?? Setting(value: fallback, origin: "default")
        }
    }
}
