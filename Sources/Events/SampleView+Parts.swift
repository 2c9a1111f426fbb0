/// The view of a message inside a sample.
protocol SampleViewPart {
    /// Whether the field is there, be it empty.
    var isPresent: Bool { get set }

    /// Reads the field with that tag; false, and nothing is read, when it is none of the message's.
    mutating func take(_ tag: UInt32, _ reader: inout WireReader) throws(WireError) -> Bool
}

extension SampleViewPart {
    /// Reads the message; one that comes in several pieces is merged.
    mutating func merge(_ message: WireReader?, _ hasUnknownFields: inout Bool) throws(WireError) {
        isPresent = true
        guard var reader = message else { return }
        while let tag = try reader.tag() {
            guard try !take(tag, &reader) else { continue }
            try reader.skip(tag)
            hasUnknownFields = true
        }
    }
}

extension SampleView {
    /// The view of `ServerTimings`.
    public struct Server: SampleViewPart {
        /// Whether the field is there, be it empty.
        public internal(set) var isPresent = false
        public private(set) var totalNs: Int64?
        public private(set) var loadNs: Int64?
        public private(set) var promptNs: Int64?
        public private(set) var decodeNs: Int64?
        public private(set) var queueNs: Int64?

        mutating func take(_ tag: UInt32, _ reader: inout WireReader) throws(WireError) -> Bool {
            switch tag {
            case number(1): totalNs = Int64(bitPattern: try reader.varint())
            case number(2): loadNs = Int64(bitPattern: try reader.varint())
            case number(3): promptNs = Int64(bitPattern: try reader.varint())
            case number(4): decodeNs = Int64(bitPattern: try reader.varint())
            case number(5): queueNs = Int64(bitPattern: try reader.varint())
            default: return false
            }
            return true
        }
    }

    /// The view of `ConnectionTimes`.
    public struct Connection: SampleViewPart {
        /// Whether the field is there, be it empty.
        public internal(set) var isPresent = false
        public private(set) var nameLookupNs: Int64?
        public private(set) var connectNs: Int64?
        public private(set) var tlsNs: Int64?
        public private(set) var readyNs: Int64?
        public private(set) var firstByteNs: Int64?
        public private(set) var totalNs: Int64?

        mutating func take(_ tag: UInt32, _ reader: inout WireReader) throws(WireError) -> Bool {
            switch tag {
            case number(1): nameLookupNs = Int64(bitPattern: try reader.varint())
            case number(2): connectNs = Int64(bitPattern: try reader.varint())
            case number(3): tlsNs = Int64(bitPattern: try reader.varint())
            case number(4): readyNs = Int64(bitPattern: try reader.varint())
            case number(5): firstByteNs = Int64(bitPattern: try reader.varint())
            case number(6): totalNs = Int64(bitPattern: try reader.varint())
            default: return false
            }
            return true
        }
    }

    /// The view of `ClientDelays`.
    public struct Client: SampleViewPart {
        /// Whether the field is there, be it empty.
        public internal(set) var isPresent = false
        public private(set) var reads: UInt64 = 0
        public private(set) var readDelaySumNs: Int64 = 0
        public private(set) var readDelayMaxNs: Int64 = 0
        public private(set) var loopLagMaxNs: Int64?
        public private(set) var refillNs: Int64?

        mutating func take(_ tag: UInt32, _ reader: inout WireReader) throws(WireError) -> Bool {
            switch tag {
            case number(1): reads = try reader.varint()
            case number(2): readDelaySumNs = Int64(bitPattern: try reader.varint())
            case number(3): readDelayMaxNs = Int64(bitPattern: try reader.varint())
            case number(4): loopLagMaxNs = Int64(bitPattern: try reader.varint())
            case number(5): refillNs = Int64(bitPattern: try reader.varint())
            default: return false
            }
            return true
        }
    }

    /// The view of `KeptText`. Of schema version 1, which held the output itself, it has the text.
    public struct Kept: SampleViewPart {
        /// Whether the field is there, be it empty.
        public internal(set) var isPresent = false
        public private(set) var text: Bytes?
        public private(set) var commitment = Bytes(start: nil, count: 0)

        init() {}

        /// A text that stands in the event itself.
        init(text: Bytes) {
            isPresent = true
            self.text = text
        }

        mutating func take(_ tag: UInt32, _ reader: inout WireReader) throws(WireError) -> Bool {
            switch tag {
            case sized(1): text = try reader.string()
            case sized(2): commitment = try reader.bytes()
            default: return false
            }
            return true
        }
    }
}
