import Foundation

/// One event of a `text/event-stream`.
public struct ServerSentEvent: Sendable, Equatable {
    /// The `event` field; empty when absent.
    public var name: String
    /// The `id` last seen in the stream; nil when there was none.
    public var id: String?
    /// The `data` lines, joined by line feeds.
    public var data: [UInt8]

    /// An event with that data.
    public init(name: String = "", id: String? = nil, data: [UInt8]) {
        self.name = name
        self.id = id
        self.data = data
    }
}

/// Cuts bytes into server-sent events (WHATWG HTML, 9.2.6), however they were split on their way.
///
/// A field that is no `data`, `event` or `id` is ignored, as the standard wants. An event that the stream's end cuts off
/// is dropped, but for one with data when `finish()` is called: servers were seen to leave out the last blank line.
public struct ServerSentEventParser: Sendable {
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var name: [UInt8] = []
    private var id: String?
    private var afterReturn = false
    private var atStart = true
    private var dropsLine = false
    private var dropsEvent = false

    /// Longest line and longest event; more is no stream of a model server.
    public static let lineByteLimit = 16 << 20

    /// The lines that were neither empty, nor a comment, nor a field that the standard names: garbage, when there is much.
    public private(set) var unknownLineCount = 0
    /// Whether a line or an event exceeded `lineByteLimit`; the event was dropped.
    public private(set) var exceededLimit = false

    /// A parser at the start of a stream.
    public init() {}

    /// The events that these bytes complete, in order.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        Array(bytes).withUnsafeBufferPointer { buffer in
            receive(buffer) { data, name, id, _ in
                events.append(.init(name: String(decoding: name, as: UTF8.self), id: id, data: Array(data)))
            }
        }
        return events
    }

    /// The event that the stream's end completes: its data lines came, its blank line did not.
    public mutating func finish() -> ServerSentEvent? {
        var event: ServerSentEvent?
        let last = line
        line = []
        if !last.isEmpty { last.withUnsafeBufferPointer { take($0) { _, _, _ in } } }
        dispatch { data, name, id in
            event = .init(name: String(decoding: name, as: UTF8.self), id: id, data: Array(data))
        }
        return event
    }

    /// The same without a copy: calls back with each event's data, name, id and the index in `bytes` just after its end.
    /// The data is valid inside the call.
    mutating func receive(
        _ bytes: UnsafeBufferPointer<UInt8>,
        each: (_ data: UnsafeBufferPointer<UInt8>, _ name: [UInt8], _ id: String?, _ end: Int) -> Void
    ) {
        var start = 0
        // Looked for once and not for each line: a stream whose lines end with CR would be searched to its end every time.
        var feed = bytes.index(of: .lineFeed, in: 0..<bytes.count)
        while start < bytes.count {
            if afterReturn {
                afterReturn = false
                if bytes[start] == .lineFeed {
                    start += 1
                    continue
                }
            }
            if feed < start { feed = bytes.index(of: .lineFeed, in: start..<bytes.count) }
            let stop = bytes.index(of: .carriageReturn, in: start..<feed)
            let part = UnsafeBufferPointer(rebasing: bytes[start..<stop])
            guard stop < bytes.count else { return keep(part) }
            afterReturn = bytes[stop] == .carriageReturn
            if line.isEmpty, !dropsLine, part.count <= Self.lineByteLimit {
                take(part) { each($0, $1, $2, stop + 1) }
            } else {
                keep(part)
                let whole = line
                line.removeAll(keepingCapacity: true)
                if !dropsLine { whole.withUnsafeBufferPointer { take($0) { each($0, $1, $2, stop + 1) } } }
                dropsLine = false
            }
            start = stop + 1
        }
    }

    private mutating func keep(_ part: UnsafeBufferPointer<UInt8>) {
        if dropsLine || line.count + part.count > Self.lineByteLimit {
            (dropsLine, atStart, line) = (true, false, [])
            dropEvent()
        } else {
            line.append(contentsOf: part)
        }
    }

    private mutating func dropEvent() {
        (dropsEvent, exceededLimit, data) = (true, true, [])
    }

    private typealias Each = (_ data: UnsafeBufferPointer<UInt8>, _ name: [UInt8], _ id: String?) -> Void

    private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>, each: Each) {
        var line = bytes
        if atStart {
            atStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = .init(rebasing: line[3...]) }
        }
        if line.isEmpty { return dispatch(each) }
        if line[0] == UInt8(ascii: ":") { return }
        if let value = line.value(of: "data") {
            if dropsEvent || data.count + value.count >= Self.lineByteLimit { return dropEvent() }
            if hasData { data.append(.lineFeed) }
            hasData = true
            data.append(contentsOf: value)
        } else if let value = line.value(of: "event") {
            name = Array(value)
        } else if let value = line.value(of: "id") {
            if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        } else if line.value(of: "retry") == nil {
            unknownLineCount += 1
        }
    }

    private mutating func dispatch(_ each: Each) {
        if hasData, !dropsEvent {
            data.withUnsafeBufferPointer { each($0, name, id) }
            data.removeAll(keepingCapacity: true)
        }
        (hasData, dropsEvent) = (false, false)
        if !name.isEmpty { name = [] }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Where the byte is in that range; its end when it is not.
    func index(of byte: UInt8, in range: Range<Int>) -> Int {
        guard let base = baseAddress, let found = memchr(base + range.lowerBound, Int32(byte), range.count) else {
            return range.upperBound
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// The value of this line, if it is that field: what follows the colon and one space; empty when there is no colon.
    fileprivate func value(of field: StaticString) -> UnsafeBufferPointer<UInt8>? {
        let length = field.utf8CodeUnitCount
        guard count >= length, memcmp(baseAddress!, field.utf8Start, length) == 0 else { return nil }
        if count == length { return .init(rebasing: self[length...]) }
        guard self[length] == UInt8(ascii: ":") else { return nil }
        let start = count > length + 1 && self[length + 1] == UInt8(ascii: " ") ? length + 2 : length + 1
        return .init(rebasing: self[start...])
    }
}

extension UInt8 {
    static let lineFeed: UInt8 = 10
    static let carriageReturn: UInt8 = 13
}
