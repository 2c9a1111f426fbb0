import Foundation

/// An answer in OpenAI's chat protocol, as one server speaks it.
struct OpenAIFormat: ChatFormat {
    let isStream: Bool
    private let context: AnswerContext
    private let style: OpenAIStyle
    private let quirks: Set<Quirk>
    private let identity: String
    /// Parts of a chunk that are the same in all of them.
    private let beforeContent: String
    private let afterContent: String
    /// The bytes around the text of an ordinary chunk: most of what is written is made of them.
    private let chunkStart: [UInt8]
    private let chunkEnd: [UInt8]
    private let isOrdinary: Bool
    private let hasContinuousUsage: Bool
    private let hasEmptyDeltas: Bool
    private let hasLateRole: Bool

    init(_ context: AnswerContext, _ style: OpenAIStyle) {
        self.context = context
        self.style = style
        quirks = context.quirks
        isStream = context.request.isStream
        let object = isStream ? "chat.completion.chunk" : "chat.completion"
        identity =
            "{\"id\":\"chatcmpl-\(context.number)\",\"object\":\"\(object)\","
            + "\"created\":\(Int(Date().timeIntervalSince1970)),\"model\":\(context.model.id.asJSON),"
            + (isStream ? style.streamFields : style.wholeFields)
        beforeContent = style.hasRoleInEveryDelta ? "{\"role\":\"assistant\",\"content\":\"" : "{\"content\":\""
        afterContent = "\"}"
        hasContinuousUsage =
            !quirks.contains(.noUsage)
            && (quirks.contains(.usageInEveryChunk)
                || style.takesContinuousUsage && context.request.wantsContinuousUsage)
        hasEmptyDeltas = quirks.contains(.emptyDeltas)
        hasLateRole = quirks.contains(.roleAfterPrefill) && !quirks.contains(.noRole)
        chunkStart = Array("data: \(identity)\"choices\":[{\"index\":0,\"delta\":\(beforeContent)".utf8)
        chunkEnd = Array("\(afterContent),\"finish_reason\":null}]}\n\n".utf8)
        isOrdinary = !hasContinuousUsage && !hasEmptyDeltas && !style.repeatsDelta
    }

    func opening() -> [UInt8] {
        let isRoleNow = !hasLateRole && !quirks.contains(.noRole)
        return context.streamHead("text/event-stream") + (isRoleNow ? HTTPResponse.frame(role) : [])
    }

    func chunk(_ index: Int, of plan: AnswerPlan) -> [UInt8] {
        let isLast = index == plan.chunks.count - 1
        if isOrdinary, index > 0 || !hasLateRole {
            let bytes = HTTPResponse.frame(chunkStart, plan.chunks[index], chunkEnd)
            return isLast ? bytes + end(plan) : bytes
        }
        var text = event(
            delta: beforeContent + plan.chunks[index] + afterContent, finish: nil,
            more: hasContinuousUsage ? usage(plan, through: index) : "")
        if hasEmptyDeltas { text = event(delta: beforeContent + afterContent, finish: nil) + text }
        if index == 0, hasLateRole { text = role + text }
        let bytes = HTTPResponse.frame(text)
        return isLast ? bytes + end(plan) : bytes
    }

    func cut() -> [UInt8] { HTTPResponse.frame("data: [DONE]\n\n") + HTTPResponse.lastFrame }

    func whole(_ plan: AnswerPlan) -> [UInt8] {
        let message = "{\"role\":\"assistant\",\"content\":\"\(plan.chunks.joined())\"}"
        let body =
            "\(identity)\"choices\":[{\"index\":0,\"message\":\(message),\"finish_reason\":\(reason(plan))}]"
            + (quirks.contains(.noUsage) ? "" : usage(plan)) + style.timings(plan) + "}"
        return HTTPResponse(body: body).bytes(keepsAlive: context.keepsAlive)
    }

    /// What follows the last content: each event as a piece of its own.
    private func end(_ plan: AnswerPlan) -> [UInt8] {
        if plan.fate == .truncated { return [] }
        if plan.fate == .streamError {
            return HTTPResponse.frame("data: \(style.errors.inStream("simulated failure"))\n\n")
                + HTTPResponse.lastFrame
        }
        var events: [String] = []
        let hasUsage = !quirks.contains(.noUsage) && (context.request.wantsUsage || hasContinuousUsage)
        let times = style.timings(plan)
        if !quirks.contains(.noFinishReason) {
            events.append(event(delta: "{}", finish: reason(plan), more: hasUsage ? "" : times))
        }
        if hasUsage { events.append("data: \(identity)\"choices\":[]\(usage(plan))\(times)}\n\n") }
        if !quirks.contains(.noDone) { events.append("data: [DONE]\n\n") }
        return events.flatMap(HTTPResponse.frame) + HTTPResponse.lastFrame
    }

    private var role: String { event(delta: "{\"role\":\"assistant\"\(style.roleContent)}", finish: nil) }

    private func event(delta: String, finish: String?, more: String = "") -> String {
        let message = style.repeatsDelta ? ",\"message\":\(delta)" : ""
        return
            "data: \(identity)\"choices\":[{\"index\":0,\"delta\":\(delta)\(message),\"finish_reason\":\(finish ?? "null")}]\(more)}\n\n"
    }

    private func reason(_ plan: AnswerPlan) -> String {
        quirks.contains(.noFinishReason) ? "null" : "\"\(plan.finishReason)\""
    }

    /// The token counts, with a comma before them.
    private func usage(_ plan: AnswerPlan, through index: Int? = nil) -> String {
        let completion = index.map { plan.tokens(through: $0) } ?? plan.completionTokens
        return
            ",\"usage\":{\"prompt_tokens\":\(plan.promptTokens),\"completion_tokens\":\(completion),\"total_tokens\":\(plan.promptTokens + completion)}"
    }
}
