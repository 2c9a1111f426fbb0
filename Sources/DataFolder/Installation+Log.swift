import EventStore

extension Installation {
    /// Opens the log of a data folder and nothing else, making both where they are not there: for what makes a log again.
    ///
    /// - Parameter source: whose log it is. One that has no events yet becomes this log.
    /// - Throws: `DataFolderError`, and `LogError` when the folder holds another log with events.
    public static func openLog(of folder: String, source: SourceID) throws -> EventLog {
        try make(folder, mode: 0o700)
        return try EventLog(folder: folder + "/log", source: source)
    }
}
