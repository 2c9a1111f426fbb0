import Foundation

/// An answer in Ollama's own protocol: an object a line, the last one with its counts and its times in nanoseconds.
struct OllamaFormat: ChatFormat {
    let isStream: Bool
    private let context: AnswerContext
    private let isChat: Bool
    private let identity: String
    private let hasEmptyDeltas: Bool

    /// - Parameter isChat: the answer is a message, of `/api/chat`, and not the plain text of `/api/generate`.
    init(_ context: AnswerContext, isChat: Bool) {
        self.context = context
        self.isChat = isChat
        isStream = context.request.isStream
        hasEmptyDeltas = context.quirks.contains(.emptyDeltas)
        identity = "{\"model\":\(context.model.id.asJSON),\"created_at\":\"\(Date().asISO8601)\","
    }

    func opening() -> [UInt8] { context.streamHead("application/x-ndjson") }

    func chunk(_ index: Int, of plan: AnswerPlan) -> [UInt8] {
        var text = "\(identity)\(content(plan.chunks[index])),\"done\":false}\n"
        if hasEmptyDeltas { text = "\(identity)\(content("")),\"done\":false}\n" + text }
        let bytes = HTTPResponse.frame(text)
        guard index == plan.chunks.count - 1, plan.fate != .truncated else { return bytes }
        let isEnded = plan.fate != .streamError
        let last =
            isEnded ? "\(identity)\(content(""))\(end(plan))}\n" : "\(ErrorShape.text.inStream("simulated failure"))\n"
        let isTold = !isEnded || !context.quirks.contains(.noDone)
        return bytes + (isTold ? HTTPResponse.frame(last) : []) + HTTPResponse.lastFrame
    }

    func cut() -> [UInt8] {
        HTTPResponse.frame("\(identity)\(content("")),\"done\":true}\n") + HTTPResponse.lastFrame
    }

    func whole(_ plan: AnswerPlan) -> [UInt8] {
        HTTPResponse(body: "\(identity)\(content(plan.chunks.joined()))\(end(plan))}")
            .bytes(keepsAlive: context.keepsAlive)
    }

    private func content(_ text: String) -> String {
        isChat ? "\"message\":{\"role\":\"assistant\",\"content\":\"\(text)\"}" : "\"response\":\"\(text)\""
    }

    private func end(_ plan: AnswerPlan) -> String {
        var fields = ",\"done\":true"
        if !context.quirks.contains(.noFinishReason) { fields += ",\"done_reason\":\"\(plan.finishReason)\"" }
        let (first, last) = (plan.dues.first ?? 0, plan.dues.last ?? 0)
        fields +=
            ",\"total_duration\":\(plan.loadTime + last),\"load_duration\":\(plan.loadTime),"
            + "\"prompt_eval_duration\":\(first),\"eval_duration\":\(last - first)"
        if context.quirks.contains(.noUsage) { return fields }
        return fields + ",\"prompt_eval_count\":\(plan.promptTokens),\"eval_count\":\(plan.completionTokens)"
    }
}

extension Date {
    /// In UTC with milliseconds.
    var asISO8601: String { formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
