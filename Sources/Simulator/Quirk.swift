/// One way in which servers in use stray from what a client may expect.
///
/// The raw values are the words of the command line.
public enum Quirk: String, CaseIterable, Sendable {
    /// Tells no token counts at all.
    case noUsage = "no-usage"
    /// Tells the token counts so far in every chunk of a stream, asked or not.
    case usageInEveryChunk = "usage-in-every-chunk"
    /// Never says why an answer ended.
    case noFinishReason = "no-finish-reason"
    /// Says `stop` where the limit of tokens ended the answer.
    case alwaysStops = "always-stops"
    /// The chunk that names the role comes with the first content, and not at once, before the prompt is read.
    case roleAfterPrefill = "role-after-prefill"
    /// No chunk names the role alone.
    case noRole = "no-role"
    /// An event with empty content before each one with content.
    case emptyDeltas = "empty-deltas"
    /// Ends a stream without `[DONE]`.
    case noDone = "no-done"
    /// Goes on generating, and keeps its slot, when the client has hung up.
    case ignoresHangUp = "ignores-hang-up"
    /// A second request ends the stream under way, as if it were whole.
    case cutsFirstStream = "cuts-first-stream"
    /// Answers any name with the first model that is loaded.
    case servesUnknownModels = "serves-unknown-models"
}
