/// What is written to a client piece by piece, and when.
protocol Script: Sendable {
    /// When each piece is due: nanoseconds from its beginning. No piece's lateness moves the next.
    var dues: [Int64] { get }
    /// How it ends if the client listens to the end: the outcome in a truth file.
    var ending: String { get }
    /// Whether the connection is closed behind it, so that the client sees an answer that broke off.
    var breaksOff: Bool { get }
    /// The piece itself, made when it is due.
    func bytes(_ index: Int) -> [UInt8]
    /// What ends it early, in place of the next piece; empty where it can't be.
    func cut() -> [UInt8]
}

/// A response that comes late, or grows: what a server says of a download or a load while it goes on.
struct TimedResponse: Script {
    private let head: [UInt8]
    private let pieces: [(at: Int64, bytes: [UInt8])]

    let ending = "completed"
    let breaksOff = false
    var dues: [Int64] { pieces.map(\.at) }

    /// A whole response at an instant of the monotonic clock.
    init(_ response: HTTPResponse, at instant: Int64, keepsAlive: Bool) {
        head = []
        pieces = [(instant, response.bytes(keepsAlive: keepsAlive))]
    }

    /// A body that grows: each text at its instant of the monotonic clock, the first with the head.
    init(type: String, _ texts: [(at: Int64, text: String)], keepsAlive: Bool) {
        head = Array(HTTPResponse.head(status: 200, type: type, length: nil, keepsAlive: keepsAlive).utf8)
        var pieces = texts.map { ($0.at, HTTPResponse.frame($0.text)) }
        pieces[pieces.count - 1].1 += HTTPResponse.lastFrame
        self.pieces = pieces
    }

    func bytes(_ index: Int) -> [UInt8] { index == 0 ? head + pieces[0].bytes : pieces[index].bytes }
    func cut() -> [UInt8] { [] }
}
