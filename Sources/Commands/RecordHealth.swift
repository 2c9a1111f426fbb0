import Events

/// Takes down what a health check said, where that is news.
public struct RecordHealth: Sendable {
    public var checked: ModelHealthChecked

    public init(_ checked: ModelHealthChecked) { self.checked = checked }

    /// Nothing when the model is not registered, or its server is as healthy as it was, and ill in the same way.
    public func decide(_ stream: [Event]) -> [Event] {
        let state = ModelState(stream)
        guard state.identity != nil else { return [] }
        let isAsItWas =
            state.health?.healthy == checked.healthy && (checked.healthy || state.health?.detail == checked.detail)
        // What was seen of its server since the last check counts too.
        let isExpected = checked.healthy == (state.phase != .unreachable)
        return isAsItWas && isExpected ? [] : [.modelHealthChecked(checked)]
    }
}
