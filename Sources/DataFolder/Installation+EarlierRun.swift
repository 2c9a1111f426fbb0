import Benchmarking
import Events

extension Installation {
    /// The run of this id, or of a beginning of it that only one has, or `latest`, as it can be carried out again; nil when
    /// there is none.
    ///
    /// - Throws: `DataFolderError.elsewhere` for one of another machine: its prompts are there.
    public func earlierRun(_ name: String) throws -> EarlierRun? {
        guard let run = try run(name).value?.run else { return nil }
        try requireOwn(run)
        guard case .runRequested(let requested)? = try log.event(at: run.first_position)?.event
        else { return nil }
        var earlier = EarlierRun(requested)
        guard earlier.hasStarts else { return earlier }
        let id = Array(run.id.utf8)
        try log.scan(from: run.first_position, through: run.last_position) { raw in
            if let sample = try raw.sample(), sample.runID.elementsEqual(id) { earlier.add(sample) }
            return true
        }
        return earlier
    }
}
