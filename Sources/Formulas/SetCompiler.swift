/// Parses and compiles all expressions of a set in order, and puts every fault at its place in the file.
struct SetCompiler {
    struct Compiled {
        let programs: [FormulaSet.Section: Program]
        /// Which samples the set's results count; nil when all do.
        let filter: Program?
        let columns: [String: String]
    }

    private let source: SetText
    private let file: String
    private var compiler: Compiler

    static func compile(_ source: SetText, file: String) throws(FormulaError) -> Compiled {
        let declared = Dictionary(grouping: source.metrics, by: \.section).mapValues { $0.map(\.name.text) }
        let compiler = Compiler(
            declared: declared, percentileMethod: source.percentileMethod, percentileTail: source.percentileTail)
        var this = SetCompiler(source: source, file: file, compiler: compiler)
        return try this.compile()
    }

    private mutating func compile() throws(FormulaError) -> Compiled {
        try refuseTakenNames()
        for constant in source.constants {
            compiler.declare(constant: constant.name.text, constant.value, unit: constant.unit)
        }
        for section in FormulaSet.Section.allCases {
            for metric in source.metrics where metric.section == section {
                try located(metric.expression) { compiler, expression throws(ExpressionFault) in
                    try compiler.declare(metric.name.text, in: section, expression, unit: metric.unit)
                }
            }
            if section == .sample, let filter = source.filter {
                try located(filter) { compiler, expression throws(ExpressionFault) in
                    try compiler.declare(filter: expression)
                }
            }
        }
        var programs: [FormulaSet.Section: Program] = [:]
        for section in FormulaSet.Section.allCases {
            let metrics = source.metrics.filter { $0.section == section }
            let outputs = metrics.map { compiler.metrics[section]![$0.name.text]!.slot }
            programs[section] = Program(compiler.operations, outputs: outputs)
        }
        let filter = compiler.filterSlot.map { Program(compiler.operations, outputs: [$0]) }
        return Compiled(programs: programs, filter: filter, columns: try columns())
    }

    /// The result metric for each original column: as the set says, else the one of the same name.
    private func columns() throws(FormulaError) -> [String: String] {
        let names = source.metrics.filter { $0.section == .result }.map(\.name.text)
        var columns = Dictionary(
            uniqueKeysWithValues: FormulaSet.originalColumns.filter(names.contains).map { ($0, $0) })
        for (original, metric) in source.columns {
            guard names.contains(metric.text) else {
                throw error(
                    .unknownName, at: metric,
                    "column '\(original)' names no metric of 'result': '\(metric.text)'."
                        + Guess.sentence(for: metric.text, among: names))
            }
            columns[original] = metric.text
        }
        return columns
    }

    /// A name means one thing at each place, so constants and sample metrics cannot take an input's.
    private func refuseTakenNames() throws(FormulaError) {
        var taken = Set(source.constants.map(\.name.text))
        let samples = source.metrics.filter { $0.section == .sample }.map(\.name)
        for name in source.constants.map(\.name) + samples where InputCatalogue.input(named: name.text) != nil {
            throw error(.duplicate, at: name, "'\(name.text)' is the name of an input. Choose another")
        }
        for metric in source.metrics where taken.contains(metric.name.text) {
            throw error(.duplicate, at: metric.name, "'\(metric.name.text)' is already the name of a constant")
        }
        taken = Set(InputCatalogue.all.filter { $0.shape == .group }.map(\.name))
        for metric in source.metrics where taken.contains(metric.name.text) {
            throw error(.duplicate, at: metric.name, "'\(metric.name.text)' is the name of an input. Choose another")
        }
    }

    private mutating func located(
        _ scalar: SetText.Scalar, _ body: (inout Compiler, Expression) throws(ExpressionFault) -> Void
    ) throws(FormulaError) {
        do throws(ExpressionFault) {
            try body(&compiler, try Parser.parse(scalar.text))
        } catch {
            let (line, column) = scalar.position.place(of: error.offset, in: scalar.text)
            throw FormulaError(code: error.code, file: file, line: line, column: column, sentence: error.sentence)
        }
    }

    private func error(_ code: FormulaError.Code, at scalar: SetText.Scalar, _ sentence: String) -> FormulaError {
        FormulaError(
            code: code, file: file, line: scalar.position.line, column: scalar.position.column, sentence: sentence)
    }
}
