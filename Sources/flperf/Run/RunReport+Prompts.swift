import Results

extension RunReport {
    /// How long synthetic prompts were to be, and how long the server found them; nil when there are none or it does not say.
    var promptLengthsInWords: String? {
        var lengths: [String] = []
        for row in results.map(\.row) {
            guard let metrics = row.metrics[formula_set], let asked = metrics["asked_prompt_length"] ?? nil,
                let counted = metrics["prompt_length"] ?? nil
            else { continue }
            let words = "\(Figures.number(asked, digits: 0)) → \(Figures.number(counted, digits: 0))"
            if !lengths.contains(words) { lengths.append(words) }
        }
        return lengths.isEmpty
            ? nil : "prompt tokens asked for → counted by the server: \(lengths.joined(separator: ", "))"
    }
}
