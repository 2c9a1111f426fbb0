/// A run as a client orders it: the body of the original's `POST /api/benchmarks/run`.
public struct RunOrder: Sendable {
    /// Ids of registered models, at least one.
    public var modelIDs: [String]
    public var suiteName: String
    /// Names of the suite's scenarios; empty for all.
    public var scenarios: [String]
    public var label: String
    private var config: JSONDocument.Object?

    /// Reads `modelIds`, `suiteName`, `selectedScenarios`, `config` and `label`.
    ///
    /// - Parameter place: what a complaint calls the text, such as `the request's body`.
    /// - Throws: `SuiteError` naming line, column and what was expected there.
    public init(json bytes: [UInt8], place: String) throws(SuiteError) {
        let root = try JSONDocument(bytes, file: place).root.object()
        modelIDs = try root.optionalStrings("modelIds", "a list of models' ids") ?? []
        guard !modelIDs.isEmpty else { throw root.error("modelIds", "must be a list of at least one model's id") }
        suiteName = try root.string("suiteName", "a suite's name")
        scenarios = try root.optionalStrings("selectedScenarios", "a list of scenarios' names") ?? []
        label = try root.string("label", default: "")
        config = try root.optionalObject("config")
    }

    /// The suite's settings with those that the order gives.
    ///
    /// - Throws: `SuiteError` for a value out of its limits.
    public func settings(over defaults: RunSettings) throws(SuiteError) -> RunSettings {
        var settings = defaults
        if let config { try settings.take(from: config) }
        return settings
    }
}
