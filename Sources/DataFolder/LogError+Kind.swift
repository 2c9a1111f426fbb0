import EventStore

extension LogError {
    /// Whether the stream had moved on: read it again and decide anew.
    public var isVersionConflict: Bool {
        if case .versionConflict = code { true } else { false }
    }

    /// Whether what is stored is not what was written.
    public var isIntegrityProblem: Bool {
        switch code {
        case .corrupted, .undecodable, .forked, .store(.corrupted): true
        default: false
        }
    }
}
