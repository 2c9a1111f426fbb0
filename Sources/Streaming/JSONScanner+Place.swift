/// One step into a JSON document.
public enum JSONStep: Sendable, Equatable {
    /// To a member of an object.
    case key(String)
    /// To an element of an array, counted from 0.
    case index(Int)
}

/// Where a value stands in a JSON text: indices of its bytes.
public struct JSONPlace: Sendable, Equatable {
    /// The bytes of the value, without the space around it.
    public var value: Range<Int>
    /// Where its key begins; nil for what is no member of an object.
    public var key: Int?
    /// How many of the steps led there; where they are fewer than asked for, this is the nearest value around what is missing.
    public var steps: Int
}

/// Finds the value that some steps lead to; of members with the same key the first one.
///
/// - Returns: nil when the text is no JSON up to there.
public func place(of path: [JSONStep], inJSON bytes: [UInt8]) -> JSONPlace? {
    bytes.withUnsafeBufferPointer { bytes in
        var scanner = JSONScanner(bytes)
        return try? scanner.place(of: path[...])
    }
}

extension JSONScanner {
    /// Passes over the next value and says where in it the steps lead.
    fileprivate mutating func place(of path: ArraySlice<JSONStep>) throws(Fault) -> JSONPlace {
        let kind = try kind()
        let start = position
        var found: JSONPlace?
        if let step = path.first {
            switch (step, kind) {
            case (.key(let wanted), .object):
                try object { (scanner, key) throws(Fault) in
                    // The text of the key begins behind its quotation mark.
                    let place = scanner.index(of: key) - 1
                    if found == nil, key.string == wanted {
                        found = try scanner.place(of: path.dropFirst())
                        if found?.steps == 0 { found?.key = place }
                        found?.steps += 1
                    } else {
                        try scanner.skip()
                    }
                }
            case (.index(let wanted), .array):
                try array { (scanner, index) throws(Fault) in
                    if index == wanted {
                        found = try scanner.place(of: path.dropFirst())
                        found?.steps += 1
                    } else {
                        try scanner.skip()
                    }
                }
            default: try skip()
            }
        } else {
            try skip()
        }
        return found ?? JSONPlace(value: start..<position, key: nil, steps: 0)
    }

    private func index(of text: JSONText) -> Int {
        guard let start = bytes.baseAddress, let text = text.bytes.baseAddress else { return position }
        return text - start
    }
}
