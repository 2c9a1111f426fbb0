/// An answer of LM Studio's `/api/v1/chat`: named events, the last with the whole answer and its times.
struct LMStudioFormat: ChatFormat {
    let isStream: Bool
    private let context: AnswerContext

    init(_ context: AnswerContext) {
        self.context = context
        isStream = context.request.isStream
    }

    func opening() -> [UInt8] {
        context.streamHead("text/event-stream")
            + HTTPResponse.frame(
                event("chat.start", [("model_instance_id", .string(context.model.id))])
                    + event("prompt_processing.start", []))
    }

    func chunk(_ index: Int, of plan: AnswerPlan) -> [UInt8] {
        var text = index == 0 ? event("prompt_processing.end", []) + event("message.start", []) : ""
        if context.quirks.contains(.emptyDeltas) { text += event("message.delta", [("content", "")]) }
        text += event("message.delta", [("content", .string(plan.chunks[index]))])
        guard index == plan.chunks.count - 1, plan.fate != .truncated else { return HTTPResponse.frame(text) }
        if plan.fate == .streamError {
            text += event("error", [("error", ["type": "internal_error", "message": "simulated failure"])])
        } else {
            text += event("message.end", [])
            if !context.quirks.contains(.noDone) { text += event("chat.end", [("result", result(plan))]) }
        }
        return HTTPResponse.frame(text) + HTTPResponse.lastFrame
    }

    func cut() -> [UInt8] { HTTPResponse.frame(event("message.end", [])) + HTTPResponse.lastFrame }

    func whole(_ plan: AnswerPlan) -> [UInt8] {
        HTTPResponse.json(result(plan)).bytes(keepsAlive: context.keepsAlive)
    }

    private func event(_ type: String, _ fields: [(String, JSON)]) -> String {
        "event: \(type)\ndata: \(JSON.object([("type", .string(type))] + fields).text)\n\n"
    }

    private func result(_ plan: AnswerPlan) -> JSON {
        var stats: [(String, JSON)] = []
        if !context.quirks.contains(.noUsage) {
            stats = [
                ("input_tokens", .count(plan.promptTokens)), ("total_output_tokens", .count(plan.completionTokens)),
                ("reasoning_output_tokens", 0),
            ]
        }
        stats += [
            ("tokens_per_second", .number(plan.tokensPerSecond)),
            ("time_to_first_token_seconds", .number(plan.promptSeconds)),
        ]
        if plan.loadTime > 0 { stats.append(("model_load_time_seconds", .number(Double(plan.loadTime) / 1e9))) }
        return [
            "model_instance_id": .string(context.model.id),
            "output": [["type": "message", "content": .string(plan.chunks.joined())]],
            "stats": .object(stats), "response_id": .string("resp_\(context.number)"),
        ]
    }
}
