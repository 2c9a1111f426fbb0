import Streaming

/// Runs what hands out bytes as they come, and hands them on as lines, in order; gives what came of it.
///
/// A line ends at a line feed or at a carriage return, since progress is often written over itself.
func withLines<Outcome: Sendable>(
    of source: @escaping @Sendable (_ sink: @escaping @Sendable ([UInt8]) -> Void) async -> Outcome,
    each: (String) async -> Void
) async -> Outcome {
    // Holds no more than the source gives; both that there are have a limit.
    let (parts, sender) = AsyncStream.makeStream(of: [UInt8].self)
    async let outcome = {
        let outcome = await source { sender.yield($0) }
        sender.finish()
        return outcome
    }()
    var parser = NDJSONParser()
    for await part in parts {
        for line in parser.receive(part.lazy.map { $0 == 13 ? 10 : $0 }) {
            await each(String(decoding: line, as: UTF8.self))
        }
    }
    if let last = parser.finish() { await each(String(decoding: last, as: UTF8.self)) }
    return await outcome
}
