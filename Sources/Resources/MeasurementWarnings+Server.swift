import Foundation

extension MeasurementWarnings {
    /// What about a model server's process on this host may spoil a measurement of it by this process.
    ///
    /// - Parameters:
    ///   - process: the server's process; one that is this very process, as the built-in simulator's, gives no warning.
    ///   - name: what the sentences call the server.
    public static func check(server process: Int32, named name: String) -> [String] {
        let own = getpid()
        guard process != own else { return [] }
        var warnings: [String] = []
        if let server = ProcessorSet.allowed(to: process), let client = ProcessorSet.allowed(to: own),
            let online = ProcessorSet.online()
        {
            let shared = sharedCores(client: client, server: server, online: online, process: process, name: name)
            warnings += [shared].compactMap(\.self)
        }
        if case .success(let group) = ControlGroup.open(of: process) {
            warnings += [limit(group.cpuLimit, of: name, cores: ProcessorSet.online()?.count)].compactMap(\.self)
        }
        return warnings
    }

    /// On a host with no more cores than these, a server that may use all of them will.
    static let fewCores = 4

    /// A client with no core of its own: because it, or the server, was bound to some, or because there are few.
    static func sharedCores(
        client: ProcessorSet, server: ProcessorSet, online: ProcessorSet, process: Int32, name: String
    ) -> String? {
        let client = client.intersection(online)
        guard client.count > 0, client.isSubset(of: server) else { return nil }
        guard online.count <= fewCores || client != online else { return nil }
        guard online.count > 1 else {
            return
                "\(name) and flperf share the only core: each takes time from the other. Measure from another machine."
        }
        return "\(name) (process \(process)) and flperf share the cores \(client): each takes time from the other. "
            + "Give each its own, as with 'taskset -acp CORES \(process)' and 'taskset -c OTHERS flperf …'."
    }

    /// A limit of processor time that is less than the host has.
    static func limit(_ limit: Double?, of name: String, cores: Int?) -> String? {
        guard let limit, let cores, limit < Double(cores) else { return nil }
        let shown = limit == limit.rounded() ? "\(Int(limit))" : String(format: "%.2f", limit)
        return
            "The control group of \(name) allows \(shown) of \(cores) cores: at its limit it is held up until the next period."
    }
}
