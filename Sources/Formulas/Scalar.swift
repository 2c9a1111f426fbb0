import Foundation

/// The two functions of real numbers that come from the C library.
enum Scalar {
    static func log10(_ value: Double) -> Double { Foundation.log10(value) }

    /// Null where either side is null (C's `pow(1, NaN)` is 1) and where the power is not a finite number.
    static func power(_ base: Double, _ exponent: Double) -> Double {
        guard !base.isNaN, !exponent.isNaN else { return .nan }
        let result = pow(base, exponent)
        return result.isFinite ? result : .nan
    }
}
