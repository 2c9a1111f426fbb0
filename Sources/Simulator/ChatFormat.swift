/// The bytes of one answer in one protocol.
protocol ChatFormat: Sendable {
    var isStream: Bool { get }
    /// The head of a stream and what comes with it before the prompt is read.
    func opening() -> [UInt8]
    /// One chunk of a stream; the last one brings everything that follows it.
    func chunk(_ index: Int, of plan: AnswerPlan) -> [UInt8]
    /// The end of a stream that another request cuts.
    func cut() -> [UInt8]
    /// A whole answer.
    func whole(_ plan: AnswerPlan) -> [UInt8]
}

/// What every format of an answer is made of.
struct AnswerContext: Sendable {
    var request: ChatRequest
    var model: SimulatedModel
    /// The answer's number, from 1.
    var number: UInt64
    var keepsAlive: Bool
    var quirks: Set<Quirk>

    /// The head of a stream.
    func streamHead(_ type: String) -> [UInt8] {
        let head = HTTPResponse.head(
            status: 200, type: type, length: nil, keepsAlive: keepsAlive, more: ["Cache-Control: no-cache"])
        return Array(head.utf8)
    }
}

/// An answer as the pacer writes it.
struct AnswerScript: Script {
    let plan: AnswerPlan
    let format: any ChatFormat

    var dues: [Int64] { format.isStream ? plan.dues : plan.dues.suffix(1) }
    var ending: String { plan.fate.rawValue }
    var breaksOff: Bool { plan.fate == .truncated }

    func bytes(_ index: Int) -> [UInt8] { format.isStream ? format.chunk(index, of: plan) : format.whole(plan) }
    func cut() -> [UInt8] { format.isStream ? format.cut() : [] }
}
