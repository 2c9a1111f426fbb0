extension FuzzInput {
    /// A shorter input that breaks a promise too, or this one: parts are left out as long as that goes well.
    func minimised() -> FuzzInput {
        var best = self
        var part = max(1, bytes.count / 2)
        while true {
            var start = 0
            while start < best.bytes.count {
                var shorter = best.bytes
                shorter.removeSubrange(start..<min(shorter.count, start + part))
                // Another cut may be needed to show it.
                if let found = (0..<4).lazy.map({ FuzzInput(kind: kind, bytes: shorter, seed: $0) }).first(where: {
                    $0.broken != nil
                }) {
                    best = found
                } else {
                    start += part
                }
            }
            guard part > 1 else { return best }
            part /= 2
        }
    }
}
