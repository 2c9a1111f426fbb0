/// What was found where, and what was not.
public struct DiscoveryReport: Sendable {
    /// A server that answered, and what it is.
    public struct Found: Sendable {
        /// The server.
        public var backend: any Backend
        /// Why it was looked for there, such as `Ollama` for its usual port. Says nothing about what answered.
        public var place: String
        /// How long it took to find out.
        public var duration: Duration
    }

    /// A place where no model server answered.
    public struct Refusal: Sendable, Error {
        /// Why it was looked for there.
        public var place: String
        /// The address that was asked; empty when the setting itself can't be used.
        public var address: String
        /// Why it is no model server.
        public var error: BackendError
        /// How long it took to find out.
        public var duration: Duration
    }

    /// In the order of the places: those given, the Foundry setting, the usual ports, the `foundry` command.
    public var found: [Found]
    /// In the same order.
    public var refusals: [Refusal]
    /// The whole search.
    public var duration: Duration

    /// The sentences to print when none was found: where it was looked and what there was instead.
    public var nothingFound: String {
        let silent = refusals.filter { $0.error.code == .unreachable && $0.place != "given endpoint" }
        let others = refusals.filter { refusal in !silent.contains { $0.address == refusal.address } }
        let places = silent.map { refusal in
            let address = refusal.address.split(separator: "/").last.map(String.init) ?? refusal.address
            return "\(address) (\(refusal.place))"
        }
        var sentences = ["No model server was found on this machine."]
        if !places.isEmpty { sentences.append("Nothing listens at \(places.joined(separator: ", ")).") }
        sentences += others.map(\.error.description)
        return sentences.joined(separator: " ")
    }
}
