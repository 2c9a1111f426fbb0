/// A stored sample, read straight from lent bytes without making a message of it: what a scan over many samples uses.
///
/// The properties are those of `InferenceSampled`, with nil for what is not there; strings (checked UTF-8) and bytes point
/// into the payload. Its bytes are lent: it is good for the length of the call that they were given to.
public struct SampleView: ~Copyable {
    public typealias Bytes = UnsafeRawBufferPointer

    /// The newest schema version of samples.
    static let newestSchemaVersion: UInt16 = 3

    public private(set) var runID = Bytes(start: nil, count: 0)
    public private(set) var modelID = Bytes(start: nil, count: 0)
    public private(set) var scenario = Bytes(start: nil, count: 0)
    public private(set) var level: UInt32 = 0
    public private(set) var iteration: UInt32 = 0
    public private(set) var warmup = false
    public private(set) var intendedStartNs: Int64 = 0
    public private(set) var startedNs: Int64 = 0
    public private(set) var connectedNs: Int64?
    public private(set) var sentNs: Int64?
    public private(set) var headersNs: Int64?
    public private(set) var firstByteNs: Int64?
    public private(set) var firstContentNs: Int64?
    public private(set) var lastContentNs: Int64?
    public private(set) var endedNs: Int64 = 0
    public private(set) var chunkGapsUs = Bytes(start: nil, count: 0)
    public private(set) var chunkSizes = Bytes(start: nil, count: 0)
    public private(set) var clock = StampClock.unknown
    public private(set) var finishReason = Bytes(start: nil, count: 0)
    public private(set) var httpStatus: UInt32?
    public private(set) var error = ErrorClass.none
    public private(set) var errorMessage = Bytes(start: nil, count: 0)
    public private(set) var promptTokens: UInt64?
    public private(set) var completionTokens: UInt64?
    public private(set) var reasoningTokens: UInt64?
    public private(set) var cachedTokens: UInt64?
    public private(set) var tokenSource = TokenSource.unknown
    public private(set) var server = Server()
    public private(set) var outputDigest = Bytes(start: nil, count: 0)
    public private(set) var responseModel = Bytes(start: nil, count: 0)
    public private(set) var streamed = false
    public private(set) var outputBytes: UInt64 = 0
    public private(set) var contentChunks: UInt64?
    public private(set) var originalTtftNs: Int64?
    public private(set) var keptOutput = Kept()
    public private(set) var rateMillionths: UInt64 = 0
    public private(set) var cooldown = false
    public private(set) var connection = Connection()
    public private(set) var client = Client()
    public private(set) var sharedReadRuns = Bytes(start: nil, count: 0)
    public private(set) var userStampedChunks: UInt64 = 0
    public private(set) var promptIndex: UInt32?
    public private(set) var conversation: UInt32?
    public private(set) var turn: UInt32?
    public private(set) var askedPromptTokens: UInt32?
    public private(set) var maxTokens: UInt32?
    public private(set) var chunkTimes = Bytes(start: nil, count: 0)
    /// Whether it has fields that this build does not know; they are skipped.
    public private(set) var hasUnknownFields = false

    /// Reads a payload.
    ///
    /// - Throws: `EventError` when the schema version is none that this build knows, or the bytes are not such a message.
    public init(_ payload: UnsafeRawBufferPointer, schemaVersion: UInt16) throws(EventError) {
        let newest = SampleView.newestSchemaVersion
        guard schemaVersion <= newest else { throw .newerSchema("InferenceSampled", schemaVersion, reads: newest) }
        guard schemaVersion > 0 else { throw .noSuchSchema("InferenceSampled", schemaVersion) }
        do throws(WireError) {
            try read(payload, schemaVersion)
        } catch {
            throw .malformedPayload("InferenceSampled", "\(error)")
        }
    }

    private mutating func read(_ payload: UnsafeRawBufferPointer, _ schemaVersion: UInt16) throws(WireError) {
        guard var reader = try WireReader(payload) else { return }
        var outputV1: Bytes?
        while let tag = try reader.tag() {
            switch tag {
            case sized(1): runID = try reader.string()
            case sized(2): modelID = try reader.string()
            case sized(3): scenario = try reader.string()
            case number(4): level = UInt32(truncatingIfNeeded: try reader.varint())
            case number(5): iteration = UInt32(truncatingIfNeeded: try reader.varint())
            case number(6): warmup = try reader.varint() != 0
            case number(7): intendedStartNs = Int64(bitPattern: try reader.varint())
            case number(8): startedNs = Int64(bitPattern: try reader.varint())
            case number(9): connectedNs = Int64(bitPattern: try reader.varint())
            case number(10): sentNs = Int64(bitPattern: try reader.varint())
            case number(11): headersNs = Int64(bitPattern: try reader.varint())
            case number(12): firstByteNs = Int64(bitPattern: try reader.varint())
            case number(13): firstContentNs = Int64(bitPattern: try reader.varint())
            case number(14): lastContentNs = Int64(bitPattern: try reader.varint())
            case number(15): endedNs = Int64(bitPattern: try reader.varint())
            case sized(16): chunkGapsUs = try reader.bytes()
            case sized(17): chunkSizes = try reader.bytes()
            case number(18): clock = StampClock(rawValue: try reader.enumeration()) ?? .unknown
            case sized(19): finishReason = try reader.string()
            case number(20): httpStatus = UInt32(truncatingIfNeeded: try reader.varint())
            case number(21): error = ErrorClass(rawValue: try reader.enumeration()) ?? .none
            case sized(22): errorMessage = try reader.string()
            case number(23): promptTokens = try reader.varint()
            case number(24): completionTokens = try reader.varint()
            case number(25): reasoningTokens = try reader.varint()
            case number(26): cachedTokens = try reader.varint()
            case number(27): tokenSource = TokenSource(rawValue: try reader.enumeration()) ?? .unknown
            case sized(28): try server.merge(reader.message(), &hasUnknownFields)
            case sized(29): outputDigest = try reader.bytes()
            case sized(30) where schemaVersion == 1: outputV1 = try reader.string()
            case sized(31): responseModel = try reader.string()
            case number(32): streamed = try reader.varint() != 0
            case number(33): outputBytes = try reader.varint()
            case number(34): contentChunks = try reader.varint()
            case number(35): originalTtftNs = Int64(bitPattern: try reader.varint())
            case sized(36): try keptOutput.merge(reader.message(), &hasUnknownFields)
            case number(37): rateMillionths = try reader.varint()
            case number(38): cooldown = try reader.varint() != 0
            case sized(39): try connection.merge(reader.message(), &hasUnknownFields)
            case sized(40): try client.merge(reader.message(), &hasUnknownFields)
            case sized(41): sharedReadRuns = try reader.bytes()
            case number(42): userStampedChunks = try reader.varint()
            case number(43): promptIndex = UInt32(truncatingIfNeeded: try reader.varint())
            case number(44): conversation = UInt32(truncatingIfNeeded: try reader.varint())
            case number(45): turn = UInt32(truncatingIfNeeded: try reader.varint())
            case number(46): askedPromptTokens = UInt32(truncatingIfNeeded: try reader.varint())
            case number(47): maxTokens = UInt32(truncatingIfNeeded: try reader.varint())
            case sized(48): chunkTimes = try reader.bytes()
            default: try skip(tag, &reader)
            }
        }
        if let outputV1 { keptOutput = Kept(text: outputV1) }
    }

    private mutating func skip(_ tag: UInt32, _ reader: inout WireReader) throws(WireError) {
        try reader.skip(tag)
        hasUnknownFields = true
    }
}

extension RawEvent {
    /// The view of a sample; nil of any other event. As good as long as the bytes are lent.
    ///
    /// - Throws: `EventError`.
    public func sample() throws(EventError) -> SampleView? {
        guard type == .inferenceSampled else { return nil }
        return try SampleView(payload, schemaVersion: schemaVersion)
    }
}
