/// Picks the values that an aggregate sees: those that are not null where its condition holds.
struct Gather {
    let kernels: Kernels
    private var scratch: Scratch { kernels.scratch }

    /// How many rows a condition holds in.
    static func count(where mask: Column) -> Int {
        var count = 0
        for value in mask { count &+= Kernels.holds(value) ? 1 : 0 }
        return count
    }

    func all(_ value: Value, where mask: Value?) -> Column {
        guard case .arrays(let arrays) = value, let mask else { return picked(value.flat, where: mask?.flat) }
        guard case .column(let column) = mask else {
            let matched = kernels.matching(mask, to: arrays)
            defer { scratch.giveBack(matched) }
            return picked(arrays.values, where: matched)
        }
        // One decision per sample for its whole array.
        let result = scratch.column(arrays.values.count)
        var end = 0
        for sample in 0..<arrays.count where Kernels.holds(column[sample]) {
            for place in arrays.range(sample) {
                let value = arrays.values[place]
                result[end] = value
                end &+= value.isNaN ? 0 : 1
            }
        }
        return Column(rebasing: result[..<end])
    }

    /// From the smallest start to the largest end; NaN of none.
    func span(_ starts: Column, _ ends: Column, where mask: Column?) -> Double {
        let (starts, ends) = (picked(starts, where: mask), picked(ends, where: mask))
        defer {
            scratch.giveBack(starts)
            scratch.giveBack(ends)
        }
        return (ends.max() ?? .nan) - (starts.min() ?? .nan)
    }

    /// Two columns' values side by side, where neither is null; a value of the second stands beside all of its own in the first.
    ///
    /// - Parameter body: gets the number of the sample too.
    func pairs(
        _ first: Value, _ second: Value, where mask: Value?, _ body: (_ sample: Int, Double, Double) -> Void
    ) {
        let (left, right, condition): (Column, Column, Column?)
        if case .arrays(let arrays) = first {
            (left, right) = (arrays.values, kernels.matching(second, to: arrays))
            condition = mask.map { kernels.matching($0, to: arrays) }
        } else {
            (left, right, condition) = (first.flat, second.flat, mask?.flat)
        }
        func take(_ sample: Int, _ place: Int) {
            guard !left[place].isNaN, !right[place].isNaN, condition.map({ Kernels.holds($0[place]) }) ?? true else {
                return
            }
            body(sample, left[place], right[place])
        }
        guard case .arrays(let arrays) = first else {
            for row in 0..<left.count { take(row, row) }
            return
        }
        for sample in 0..<arrays.count { for place in arrays.range(sample) { take(sample, place) } }
        scratch.giveBack(right)
        if let condition { scratch.giveBack(condition) }
    }

    /// Each sample's own array folded into one value.
    func each(_ value: Value, where mask: Value?, fold: Fold) -> Column {
        guard case .arrays(let arrays) = value else { preconditionFailure("the slot holds no arrays") }
        let mask = mask.map { kernels.matching($0, to: arrays) }
        let result = scratch.column(arrays.count)
        for sample in 0..<arrays.count {
            let range = arrays.range(sample)
            var own = picked(Column(rebasing: arrays.values[range]), where: mask.map { Column(rebasing: $0[range]) })
            if fold.needsOrder { own.sort() }
            result[sample] = fold(own)
            scratch.giveBack(own)
        }
        if let mask { scratch.giveBack(mask) }
        return result
    }

    /// Branch-free: every value is written, and only a picked one moves the end.
    private func picked(_ values: Column, where mask: Column?) -> Column {
        let result = scratch.column(values.count)
        var end = 0
        if let mask {
            precondition(mask.count == values.count, "a condition has one value per row")
            for index in 0..<values.count {
                let value = values[index]
                result[end] = value
                end &+= Kernels.holds(mask[index]) && !value.isNaN ? 1 : 0
            }
        } else {
            for index in 0..<values.count {
                let value = values[index]
                result[end] = value
                end &+= value.isNaN ? 0 : 1
            }
        }
        return Column(rebasing: result[..<end])
    }
}
