import Foundation

/// Cuts bytes into lines of newline-delimited JSON, however they were split on their way. The lines are not decoded.
public struct NDJSONParser: Sendable {
    private var line: [UInt8] = []
    private var dropsLine = false

    /// Longest line; more is no stream of a model server.
    public static let lineByteLimit = 16 << 20

    /// Whether a line exceeded `lineByteLimit`; it was dropped.
    public private(set) var exceededLimit = false

    /// A parser at the start of a stream.
    public init() {}

    /// The lines that these bytes complete, in order, without their line breaks; blank ones are left out.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        Array(bytes).withUnsafeBufferPointer { buffer in
            receive(buffer) { line, _ in lines.append(line) }
        }
        return lines
    }

    /// The last line, when no line break followed it.
    public mutating func finish() -> [UInt8]? {
        defer { line = [] }
        return taken(line)
    }

    /// The same, with the index in `bytes` just after each line.
    mutating func receive(_ bytes: UnsafeBufferPointer<UInt8>, each: (_ line: [UInt8], _ end: Int) -> Void) {
        var start = 0
        while start < bytes.count {
            let feed = bytes.index(of: .lineFeed, in: start..<bytes.count)
            let part = bytes[start..<feed]
            if dropsLine || line.count + part.count > Self.lineByteLimit {
                (dropsLine, exceededLimit, line) = (true, true, [])
            } else {
                line.append(contentsOf: part)
            }
            guard feed < bytes.count else { return }
            if let whole = taken(line) { each(whole, feed + 1) }
            line.removeAll(keepingCapacity: true)
            dropsLine = false
            start = feed + 1
        }
    }

    private func taken(_ line: [UInt8]) -> [UInt8]? {
        let whole = line.last == .carriageReturn ? line.dropLast() : line[...]
        return whole.allSatisfy { $0 == 32 || $0 == 9 } ? nil : Array(whole)
    }
}
