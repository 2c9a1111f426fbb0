import Foundation
import Streaming

extension FuzzInput {
    /// What the parsers promise and do not hold for this input; nil when they hold everything.
    var broken: String? {
        switch kind {
        case .events: brokenByEvents ?? brokenByCompletion(.serverSentEvents, "text/event-stream")
        case .lines: brokenByLines ?? brokenByCompletion(.ndjson, "application/x-ndjson")
        case .document: brokenByDocument ?? brokenByCompletion(.whole, "application/json")
        }
    }

    /// The reads, as parts of the bytes.
    private var reads: [ArraySlice<UInt8>] { zip([0] + cuts, cuts).map { bytes[$0..<$1] } }

    private var brokenByEvents: String? {
        var whole = ServerSentEventParser()
        var cut = ServerSentEventParser()
        let standard = StandardEvents(bytes)
        if whole.receive(bytes) != standard.events { return "the events differ from the standard's" }
        if reads.flatMap({ cut.receive($0) }) != standard.events { return "the events depend on the cut" }
        if whole.finish() != standard.cutOff || cut.finish() != standard.cutOff { return "the last event differs" }
        if whole.unknownLineCount != cut.unknownLineCount { return "the count of unknown lines depends on the cut" }
        return brokenByText(standard)
    }

    private var brokenByLines: String? {
        var whole = NDJSONParser()
        var cut = NDJSONParser()
        let standard = standardLines(bytes)
        if whole.receive(bytes) + [whole.finish()].compactMap(\.self) != standard { return "the lines differ" }
        let lines = reads.flatMap { cut.receive($0) } + [cut.finish()].compactMap(\.self)
        return lines == standard ? nil : "the lines depend on the cut"
    }

    private var brokenByDocument: String? {
        let foundation = FoundationsReading(bytes)
        let fault = firstFault(ofJSON: bytes)
        if let fault, !(0...bytes.count).contains(fault) { return "the fault is outside the document" }
        if fault == nil, foundation == nil, !FoundationDiffers.mayRefuse(bytes) { return "Foundation refuses it" }
        if fault != nil, foundation != nil, !FoundationDiffers.mayAccept(bytes) { return "Foundation accepts it" }
        guard fault == nil, let foundation else { return nil }
        let completion = completion(.whole, "application/json", cuts)
        if completion.text == foundation.text ?? completion.text, completion.finishReason == foundation.finishReason,
            completion.model ?? "" == foundation.model ?? ""
        {
            return nil
        }
        return isAmbiguous ? nil : "Foundation reads \(foundation)"
    }

    /// The text is what Foundation makes of the events until `[DONE]`, one after the other: nothing is lost.
    private func brokenByText(_ standard: StandardEvents) -> String? {
        let end = standard.events.firstIndex { $0.data == Array("[DONE]".utf8) } ?? standard.events.count
        var events = standard.events[..<end]
        if end == standard.events.count, let last = standard.cutOff { events.append(last) }
        var text = ""
        for event in events {
            guard let reading = FoundationsReading(event.data) else {
                if firstFault(ofJSON: event.data) == nil { return nil }
                continue
            }
            guard firstFault(ofJSON: event.data) == nil, let part = reading.text else { return nil }
            text += part
        }
        // A body without any event may be a whole answer under another content type.
        if events.isEmpty && end == standard.events.count { return nil }
        let found = completion(.serverSentEvents, "text/event-stream", cuts).text
        return found == text || isAmbiguous ? nil : "the text is '\(found)' instead of '\(text)'"
    }

    /// However the body is cut, the answer comes to the same, and each chunk came with the read that completed it.
    private func brokenByCompletion(_ framing: StreamRequest.Framing, _ type: String) -> String? {
        let fine = completion(framing, type, Array(1..<max(1, bytes.count + 1)))
        let coarse = completion(framing, type, cuts)
        if Self.summary(fine) != Self.summary(coarse) { return "the answer depends on the cut" }
        for (fine, coarse) in zip(fine.chunks, coarse.chunks) {
            let read = cuts.first { $0 >= fine.at } ?? bytes.count
            if coarse.at != Int64(read) { return "a chunk came with another read than the one that completed it" }
        }
        let times = fine.chunks.map(\.at)
        return times == times.sorted() ? nil : "the chunks are out of order"
    }

    /// The answer when the reads end there; a read's instant is its end.
    private func completion(_ framing: StreamRequest.Framing, _ type: String, _ cuts: [Int]) -> ChatCompletion {
        let arrivals = zip([0] + cuts, cuts).map { StreamArrival(at: Int64($1), bytes: $0..<$1) }
        return ChatCompletion(
            StreamOutcome(status: 200, contentType: type, framing: framing, body: bytes, arrivals: arrivals))
    }

    private static func summary(_ completion: ChatCompletion) -> [String] {
        [
            completion.text, completion.reasoning, completion.finishReason ?? "-", completion.model ?? "-",
            completion.failure?.sentence ?? "-", "\(completion.eventCount) \(completion.sawDone)",
            "\(completion.chunks.map(\.bytes))", "\(String(describing: completion.usage))",
            "\(String(describing: completion.server))",
        ]
    }

    /// Whether the text may be read otherwise by Foundation, and rightly so: a key that matters may stand twice in an object, and
    /// which of the two counts is nobody's promise; a byte order mark at the start of a string is lost there.
    private var isAmbiguous: Bool {
        let documents = kind == .document ? [bytes] : StandardEvents(bytes).allData
        return documents.contains { document in
            let text = String(decoding: document, as: UTF8.self)
            let keys = ["choices", "delta", "message", "content", "text", "finish_reason", "model"]
            return text.unicodeScalars.contains("\u{FEFF}") || text.contains(#/\\u[fF][eE]|\\u00..[^"]*"\s*:/#)
                || keys.contains { text.components(separatedBy: "\"\($0)\"").count > 2 }
        }
    }
}

extension StandardEvents {
    fileprivate var allData: [[UInt8]] { events.map(\.data) + [cutOff?.data].compactMap(\.self) }
}
