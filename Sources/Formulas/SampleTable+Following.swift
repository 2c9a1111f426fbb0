extension SampleTable {
    /// What `following` needs besides the inputs of the formulas.
    public static let inputsToFollow: Set<String> = ["warmup", "started", "ended"]

    /// The measured samples of several groups, as if each group had begun when the one before it ended: their moments are
    /// moved so, and what a formula makes of a span of time adds up. Warm-up and cool-down, which may lie anywhere, are left
    /// out.
    ///
    /// - Parameter groups: each with the columns of `inputsToFollow`.
    public static func following(_ groups: [SampleTable]) -> SampleTable {
        var end: Double = 0
        let parts = groups.compactMap { group -> SampleTable? in
            let warmup = group["warmup"] ?? []
            let measured = warmup.indices.filter { warmup[$0] == 0 }
            let (starts, ends) = (group["started"] ?? [], group["ended"] ?? [])
            guard let first = measured.map({ starts[$0] }).min(), let last = measured.map({ ends[$0] }).max() else {
                return nil
            }
            defer { end += last - first }
            return group.rows(measured, moving: end - first)
        }
        return joined(parts)
    }

    /// Some rows, each moment so much later.
    private func rows(_ rows: [Int], moving shift: Double) -> SampleTable {
        var table = SampleTable(count: rows.count)
        for (name, column) in columns {
            let shift = InputCatalogue.moments.contains(name) ? shift : 0
            table[name] = rows.map { column[$0] + shift }
        }
        for (name, column) in ragged {
            let shift = InputCatalogue.moments.contains(name) ? shift : 0
            table[array: name] = RaggedColumn(
                rows.map { row in column.values[column.offsets[row]..<column.offsets[row + 1]].map { $0 + shift } })
        }
        return table
    }

    private static func joined(_ tables: [SampleTable]) -> SampleTable {
        var all = SampleTable(count: tables.reduce(0) { $0 + $1.count })
        for name in Set(tables.flatMap(\.columns.keys)) {
            all[name] = tables.flatMap { $0[name] ?? Array(repeating: .nan, count: $0.count) }
        }
        for name in Set(tables.flatMap(\.ragged.keys)) {
            var (values, offsets) = ([Double](), [0])
            for table in tables {
                let column = table[array: name] ?? RaggedColumn(Array(repeating: [], count: table.count))
                offsets += column.offsets.dropFirst().map { $0 + values.count }
                values += column.values
            }
            all[array: name] = RaggedColumn(values: values, offsets: offsets)
        }
        return all
    }
}
