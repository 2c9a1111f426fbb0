/// The operations on values, a whole column at a time. Each loop is specialised for its operation, and writes to new room.
struct Kernels {
    let scratch: Scratch

    func apply(_ operation: UnaryOperation, _ value: Value) -> Value {
        switch operation {
        case .negate: map(value) { -$0 }
        case .not: map(value) { $0.isNaN ? $0 : $0 == 0 ? 1 : 0 }
        case .absolute: map(value) { abs($0) }
        case .log10: map(value) { $0 > 0 ? Scalar.log10($0) : .nan }
        case .squareRoot: map(value) { $0.squareRoot() }
        case .floor: map(value) { $0.rounded(.down) }
        case .round: map(value) { $0.rounded(.toNearestOrAwayFromZero) }
        case .isNull: map(value) { $0.isNaN ? 1 : 0 }
        }
    }

    func apply(_ operation: BinaryOperation, _ left: Value, _ right: Value) -> Value {
        switch operation {
        case .add: zip(left, right) { $0 + $1 }
        case .subtract: zip(left, right) { $0 - $1 }
        case .multiply: zip(left, right) { $0 * $1 }
        case .divide: zip(left, right) { $1 == 0 ? .nan : $0 / $1 }
        case .power: zip(left, right) { Scalar.power($0, $1) }
        case .equal: zip(left, right) { Self.either($0, $1) ? .nan : $0 == $1 ? 1 : 0 }
        case .notEqual: zip(left, right) { Self.either($0, $1) ? .nan : $0 != $1 ? 1 : 0 }
        case .less: zip(left, right) { Self.either($0, $1) ? .nan : $0 < $1 ? 1 : 0 }
        case .lessOrEqual: zip(left, right) { Self.either($0, $1) ? .nan : $0 <= $1 ? 1 : 0 }
        case .greater: zip(left, right) { Self.either($0, $1) ? .nan : $0 > $1 ? 1 : 0 }
        case .greaterOrEqual: zip(left, right) { Self.either($0, $1) ? .nan : $0 >= $1 ? 1 : 0 }
        // A null side leaves the answer open only where the other side does not settle it.
        case .and: zip(left, right) { $0 == 0 || $1 == 0 ? 0 : Self.either($0, $1) ? .nan : 1 }
        case .or: zip(left, right) { Self.holds($0) || Self.holds($1) ? 1 : Self.either($0, $1) ? .nan : 0 }
        case .minimum: zip(left, right) { Self.either($0, $1) ? .nan : $0 < $1 ? $0 : $1 }
        case .maximum: zip(left, right) { Self.either($0, $1) ? .nan : $0 > $1 ? $0 : $1 }
        case .coalesce: zip(left, right) { $0.isNaN ? $1 : $0 }
        }
    }

    /// `then` where the condition holds, `other` where it is 0, null where it is null.
    func select(_ condition: Value, _ then: Value, _ other: Value) -> Value {
        // A null condition makes both products null; a zero picks the other side without touching this one's null.
        let kept = zip(condition, then) { $0.isNaN ? .nan : $0 == 0 ? 0 : $1 }
        let rest = zip(condition, other) { $0.isNaN ? .nan : $0 == 0 ? $1 : 0 }
        let result = zip(kept, rest) { $0 + $1 }
        scratch.giveBack(kept)
        scratch.giveBack(rest)
        return result
    }

    /// So many rows of one value.
    func fill(_ value: Double, _ count: Int) -> Column {
        let column = scratch.column(count)
        column.update(repeating: value)
        return column
    }

    /// One value, in the shape of another.
    func spread(_ value: Double, like other: Value) -> Value {
        switch other {
        case .one: .one(value)
        case .column(let values): .column(fill(value, values.count))
        case .arrays(let arrays): .arrays(.init(values: fill(value, arrays.values.count), offsets: arrays.offsets))
        }
    }

    /// A condition holds when it is neither null nor 0.
    @inline(__always) static func holds(_ value: Double) -> Bool { value != 0 && !value.isNaN }

    @inline(__always) private static func either(_ left: Double, _ right: Double) -> Bool {
        left.isNaN || right.isNaN
    }

    // MARK: Loops

    @inline(__always) private func map(_ value: Value, _ body: (Double) -> Double) -> Value {
        switch value {
        case .one(let value): return .one(body(value))
        case .column(let values): return .column(loop(values, body))
        case .arrays(let arrays): return .arrays(.init(values: loop(arrays.values, body), offsets: arrays.offsets))
        }
    }

    @inline(__always) private func zip(
        _ left: Value, _ right: Value, _ body: (Double, Double) -> Double
    ) -> Value {
        switch (left, right) {
        case (.one(let left), .one(let right)): return .one(body(left, right))
        case (.one(let left), let right): return map(right) { body(left, $0) }
        case (let left, .one(let right)): return map(left) { body($0, right) }
        case (.column(let left), .column(let right)): return .column(loop(left, right, body))
        case (.column(let left), .arrays(let right)):
            let spread = spreading(left, over: right)
            defer { scratch.giveBack(spread) }
            return .arrays(.init(values: loop(spread, right.values, body), offsets: right.offsets))
        case (.arrays(let left), let right):
            let matched = matching(right, to: left)
            defer { scratch.giveBack(matched) }
            return .arrays(.init(values: loop(left.values, matched, body), offsets: left.offsets))
        }
    }

    @inline(__always) private func loop(_ values: Column, _ body: (Double) -> Double) -> Column {
        let result = scratch.column(values.count)
        for index in 0..<values.count { result[index] = body(values[index]) }
        return result
    }

    @inline(__always) private func loop(
        _ left: Column, _ right: Column, _ body: (Double, Double) -> Double
    ) -> Column {
        let result = scratch.column(left.count)
        for index in 0..<left.count { result[index] = body(left[index], right[index]) }
        return result
    }

    // MARK: Arrays

    /// Another slot's values, one for each of these arrays'; null where a sample's arrays differ in length.
    func matching(_ other: Value, to arrays: Value.Arrays) -> Column {
        switch other {
        case .one(let value): return fill(value, arrays.values.count)
        case .column(let column): return spreading(column, over: arrays)
        case .arrays(let others):
            let result = scratch.column(arrays.values.count)
            for sample in 0..<arrays.count {
                let (own, range) = (arrays.range(sample), others.range(sample))
                for place in 0..<own.count {
                    result[own.lowerBound + place] =
                        own.count == range.count ? others.values[range.lowerBound + place] : .nan
                }
            }
            return result
        }
    }

    /// A value per sample, repeated for each entry of that sample's array.
    private func spreading(_ column: Column, over arrays: Value.Arrays) -> Column {
        let result = scratch.column(arrays.values.count)
        for sample in 0..<arrays.count { result[arrays.range(sample)].update(repeating: column[sample]) }
        return result
    }
}
