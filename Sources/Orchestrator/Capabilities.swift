/// What a kind of server can do.
public struct Capabilities: Sendable, Equatable, Codable {
    /// Tells which models it offers.
    public var list = true
    /// Loads a model on request.
    public var load = false
    /// Unloads a model on request.
    public var unload = false
    /// Downloads a model on request.
    public var download = false
    /// Has an address of its own that tells its health; without one, the list of models is asked for.
    public var health = false
    /// Adds its own times to the answers to `chatRequest`.
    public var serverTimings = false
    /// Is started again by its own command line tool; any other is by a command of the user's.
    public var restart = false
    /// Keeps its models in another folder on request.
    public var switchCache = false
    /// May tell its own figures at `/metrics`; some have to be started so that they do.
    public var metrics = false

    /// Lists models, and nothing more.
    public init() {}
}
