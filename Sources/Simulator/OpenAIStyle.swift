/// What tells one server's use of OpenAI's chat protocol from another's.
struct OpenAIStyle: Sendable {
    /// Fields of every object of a stream, each with its comma behind it.
    var streamFields = ""
    /// The same of a whole answer.
    var wholeFields = ""
    /// What the chunk that names the role has for content, with its comma before it.
    var roleContent = #","content":"""#
    /// Every delta names the role.
    var hasRoleInEveryDelta = false
    /// Every choice has the delta once more, as `message`.
    var repeatsDelta = false
    /// Every chunk tells the token counts so far when the request's `continuous_usage_stats` asks for it.
    var takesContinuousUsage = false
    /// The server's own times, with a comma before them, at the end of a stream and of a whole answer.
    var timings: @Sendable (AnswerPlan) -> String = { _ in "" }
    var errors = ErrorShape.openAI

    static let plain = OpenAIStyle()
    static let vllm = OpenAIStyle(takesContinuousUsage: true)
    static let foundry = OpenAIStyle(
        streamFields: #""system_fingerprint":null,"#, wholeFields: #""system_fingerprint":null,"#, errors: .codeless)
    static let foundryLegacy = OpenAIStyle(
        streamFields: #""IsDelta":true,"Successful":true,"error":null,"HttpStatusCode":0,"#,
        wholeFields: #""IsDelta":false,"Successful":true,"error":null,"HttpStatusCode":0,"#,
        hasRoleInEveryDelta: true, repeatsDelta: true, errors: .codeless)
    static let llamaCpp = OpenAIStyle(
        streamFields: #""system_fingerprint":"b1-simulated","#, wholeFields: #""system_fingerprint":"b1-simulated","#,
        roleContent: #","content":null"#, timings: { ",\"timings\":\($0.llamaCppTimings.text)" }, errors: .numbered)
    static let lmStudio = OpenAIStyle(hasRoleInEveryDelta: true)
    /// LM Studio's own address for chats, whose answers tell its times.
    static let lmStudioStats = OpenAIStyle(
        hasRoleInEveryDelta: true,
        timings: { plan in
            let stats: JSON = [
                "tokens_per_second": .number(plan.tokensPerSecond),
                "time_to_first_token": .number(plan.promptSeconds), "generation_time": .number(plan.generationSeconds),
                "stop_reason": plan.finishReason == "length" ? "maxPredictedTokensReached" : "eosFound",
            ]
            return ",\"stats\":\(stats.text)"
        })
}

/// The times that a server says it took: those that it planned.
extension AnswerPlan {
    /// From its turn to the first content.
    var promptSeconds: Double { Double(dues.first ?? 0) / 1e9 }
    /// From the first content to the last.
    var generationSeconds: Double { Double((dues.last ?? 0) - (dues.first ?? 0)) / 1e9 }
    /// Tokens after the first, by the time that they took; 0 when there is but one.
    var tokensPerSecond: Double { generationSeconds > 0 ? Double(completionTokens - 1) / generationSeconds : 0 }

    fileprivate var llamaCppTimings: JSON {
        let (promptTime, predictedTime) = (promptSeconds * 1000, generationSeconds * 1000)
        return [
            "cache_n": 0, "prompt_n": .count(promptTokens), "prompt_ms": .number(promptTime),
            "prompt_per_token_ms": .number(promptTime / Double(promptTokens)),
            "prompt_per_second": .number(Double(promptTokens) / promptTime * 1000),
            "predicted_n": .count(completionTokens), "predicted_ms": .number(predictedTime),
            "predicted_per_token_ms": .number(predictedTime / Double(completionTokens)),
            "predicted_per_second": .number(Double(completionTokens) / predictedTime * 1000),
        ]
    }
}
