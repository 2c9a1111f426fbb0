/// What a slot holds while a program runs. NaN stands for null.
enum Value {
    case one(Double)
    case column([Double])
    case arrays(RaggedColumn)
}

/// The operations on values, a whole column at a time. Each loop is specialised for its operation.
enum Kernels {
    static func apply(_ operation: UnaryOperation, _ value: Value) -> Value {
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

    static func apply(_ operation: BinaryOperation, _ left: Value, _ right: Value) -> Value {
        switch operation {
        case .add: zip(left, right) { $0 + $1 }
        case .subtract: zip(left, right) { $0 - $1 }
        case .multiply: zip(left, right) { $0 * $1 }
        case .divide: zip(left, right) { $1 == 0 ? .nan : $0 / $1 }
        case .power: zip(left, right) { Scalar.power($0, $1) }
        case .equal: zip(left, right) { either($0, $1) ? .nan : $0 == $1 ? 1 : 0 }
        case .notEqual: zip(left, right) { either($0, $1) ? .nan : $0 != $1 ? 1 : 0 }
        case .less: zip(left, right) { either($0, $1) ? .nan : $0 < $1 ? 1 : 0 }
        case .lessOrEqual: zip(left, right) { either($0, $1) ? .nan : $0 <= $1 ? 1 : 0 }
        case .greater: zip(left, right) { either($0, $1) ? .nan : $0 > $1 ? 1 : 0 }
        case .greaterOrEqual: zip(left, right) { either($0, $1) ? .nan : $0 >= $1 ? 1 : 0 }
        // A null side leaves the answer open only where the other side does not settle it.
        case .and: zip(left, right) { $0 == 0 || $1 == 0 ? 0 : either($0, $1) ? .nan : 1 }
        case .or: zip(left, right) { holds($0) || holds($1) ? 1 : either($0, $1) ? .nan : 0 }
        case .minimum: zip(left, right) { either($0, $1) ? .nan : $0 < $1 ? $0 : $1 }
        case .maximum: zip(left, right) { either($0, $1) ? .nan : $0 > $1 ? $0 : $1 }
        case .coalesce: zip(left, right) { $0.isNaN ? $1 : $0 }
        }
    }

    /// `then` where the condition holds, `other` where it is 0, null where it is null.
    static func select(_ condition: Value, _ then: Value, _ other: Value) -> Value {
        // A null condition makes both products null; a zero picks the other side without touching this one's null.
        let kept = zip(condition, then) { $0.isNaN ? .nan : $0 == 0 ? 0 : $1 }
        let rest = zip(condition, other) { $0.isNaN ? .nan : $0 == 0 ? $1 : 0 }
        return zip(kept, rest) { $0 + $1 }
    }

    /// A condition holds when it is neither null nor 0.
    @inline(__always) static func holds(_ value: Double) -> Bool { value != 0 && !value.isNaN }

    @inline(__always) private static func either(_ left: Double, _ right: Double) -> Bool {
        left.isNaN || right.isNaN
    }

    // MARK: Loops

    @inline(__always) private static func map(_ value: Value, _ body: (Double) -> Double) -> Value {
        func loop(_ values: [Double]) -> [Double] {
            values.withUnsafeBufferPointer { values in
                Array(unsafeUninitializedCapacity: values.count) { result, count in
                    for index in 0..<values.count { result[index] = body(values[index]) }
                    count = values.count
                }
            }
        }
        switch value {
        case .one(let value): return .one(body(value))
        case .column(let values): return .column(loop(values))
        case .arrays(let arrays): return .arrays(arrays.with(loop(arrays.values)))
        }
    }

    @inline(__always) private static func zip(
        _ left: Value, _ right: Value, _ body: (Double, Double) -> Double
    ) -> Value {
        func loop(_ left: [Double], _ right: [Double]) -> [Double] {
            left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer { right in
                    Array(unsafeUninitializedCapacity: left.count) { result, count in
                        for index in 0..<left.count { result[index] = body(left[index], right[index]) }
                        count = left.count
                    }
                }
            }
        }
        switch (left, right) {
        case (.one(let left), .one(let right)): return .one(body(left, right))
        case (.one(let left), let right): return map(right) { body(left, $0) }
        case (let left, .one(let right)): return map(left) { body($0, right) }
        case (.column(let left), .column(let right)): return .column(loop(left, right))
        case (.column(let left), .arrays(let right)):
            return .arrays(right.with(loop(right.spreading(left), right.values)))
        case (.arrays(let left), let right):
            return .arrays(left.with(loop(left.values, left.matching(right))))
        }
    }
}

extension RaggedColumn {
    /// Arrays of the same lengths with other values.
    func with(_ values: [Double]) -> RaggedColumn { RaggedColumn(unchecked: values, offsets: offsets) }

    /// Another slot's values, one for each of this column's.
    func matching(_ other: Value) -> [Double] {
        switch other {
        case .one(let value): Array(repeating: value, count: values.count)
        case .column(let column): spreading(column)
        case .arrays(let arrays): aligning(arrays)
        }
    }

    /// A value per sample, repeated for each entry of that sample's array.
    func spreading(_ column: [Double]) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(values.count)
        for sample in 0..<count {
            result.append(contentsOf: repeatElement(column[sample], count: offsets[sample + 1] - offsets[sample]))
        }
        return result
    }

    /// Another column's values in the places of this one's; null where a sample's arrays differ in length.
    func aligning(_ other: RaggedColumn) -> [Double] {
        guard offsets != other.offsets else { return other.values }
        var result: [Double] = []
        result.reserveCapacity(values.count)
        for sample in 0..<count {
            let length = offsets[sample + 1] - offsets[sample]
            let range = other.offsets[sample]..<other.offsets[sample + 1]
            if range.count == length {
                result.append(contentsOf: other.values[range])
            } else {
                result.append(contentsOf: repeatElement(.nan, count: length))
            }
        }
        return result
    }
}
