import SampleColumns

/// The groups of runs that go on, in memory: each where the index has its key.
struct GroupMemory {
    var index = GroupIndex()
    var groups: [SampleGroup] = []

    /// Lets go what is kept of some runs.
    mutating func remove(runs: Set<String>) {
        var kept = GroupMemory()
        for (key, group) in zip(index.keys, groups) where !runs.contains(key.run) {
            _ = kept.index.place(of: key)
            kept.groups.append(group)
        }
        self = kept
    }
}
