import Export

/// The command line writes numbers as reports do.
typealias Figures = Export.Figures
