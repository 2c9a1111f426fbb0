/// A unit as powers of named atoms: `tokens/s` is token¹·s⁻¹.
///
/// Units are compared, never converted: `ms` and `s` differ, and a factor of 1,000 must be written. Multiplying by a bare
/// number may be such a factor, so the unit of the product is unknown; a named constant carries a unit of its own.
struct FormulaUnit: Equatable, Sendable {
    private var powers: [String: Int] = [:]

    /// Counts, flags and shares.
    static let none = FormulaUnit()

    private static let plain: Set<String> = ["1", "count", "flag", "share", "samples", "requests", "iterations"]
    private static let spellings = [
        "tokens": "token", "tok": "token", "bytes": "byte", "B": "byte", "chunks": "chunk", "μs": "µs",
    ]

    private init() {}

    /// Reads `ms`, `tokens/s`, `1/s`, `W*s` or `J/token`.
    ///
    /// - Returns: nil when it is not written so, such as `0–100`; such a unit is shown but not checked.
    init?(_ text: String) {
        var sign = 1
        var word = ""
        func add(_ word: String, _ sign: Int, to powers: inout [String: Int]) -> Bool {
            guard !word.isEmpty else { return false }
            guard !Self.plain.contains(word) else { return true }
            let atom = Self.spellings[word] ?? word
            let power = (powers.removeValue(forKey: atom) ?? 0) + sign
            if power != 0 { powers[atom] = power }
            return true
        }
        for character in text {
            switch character {
            case "*", "·", "/":
                guard add(word, sign, to: &powers) else { return nil }
                sign = character == "/" ? -1 : 1
                word = ""
            case _ where character.isLetter || character == "%" || character == "°" || (character == "1" && word == ""):
                word.append(character)
            default: return nil
            }
        }
        guard add(word, sign, to: &powers) else { return nil }
    }

    /// The product with another unit, or the quotient when `sign` is −1.
    func combined(with other: FormulaUnit, sign: Int) -> FormulaUnit {
        var result = self
        for (atom, power) in other.powers {
            let sum = (result.powers.removeValue(forKey: atom) ?? 0) + sign * power
            if sum != 0 { result.powers[atom] = sum }
        }
        return result
    }

    /// As a message names it: `token/ms`, or `1` for a plain number.
    var description: String {
        func product(_ atoms: [(key: String, value: Int)]) -> String {
            atoms.map { abs($0.value) == 1 ? $0.key : "\($0.key)^\(abs($0.value))" }.joined(separator: "*")
        }
        let sorted = powers.sorted { $0.key < $1.key }
        let above = product(sorted.filter { $0.value > 0 })
        let below = product(sorted.filter { $0.value < 0 })
        return (above.isEmpty ? "1" : above) + (below.isEmpty ? "" : "/" + below.replacing("*", with: "/"))
    }
}
