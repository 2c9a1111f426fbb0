import Foundation

/// What is wrong with a line of an export: a clause that completes "Could not import FILE, line N: ".
struct LineRefusal: Error, Equatable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// The attributes of a CloudEvent, each as what it should be.
struct CloudEventAttributes {
    private let members: [String: JSONObject.Value]

    init(line: UnsafeBufferPointer<UInt8>) throws(LineRefusal) {
        do { members = try JSONObject(line).members } catch { throw LineRefusal(error.reason) }
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    func text(_ name: String) throws(LineRefusal) -> String {
        guard let value = members[name] else { throw LineRefusal("it has no '\(name)'") }
        guard case .string(let text) = value else { throw LineRefusal("its '\(name)' is no text") }
        return text
    }

    /// - Parameter what: what the expected value is, for the sentence.
    func expect(_ name: String, _ expected: String, _ what: String) throws(LineRefusal) {
        let found = try text(name)
        guard found == expected else {
            throw LineRefusal("its '\(name)' is '\(found.prefix(100))'; \(what) is '\(expected)'")
        }
    }

    /// A whole number, as JSON has it.
    func number(_ name: String) throws(LineRefusal) -> UInt16 {
        guard let value = members[name] else { throw LineRefusal("it has no '\(name)'") }
        guard case .number(let text) = value, let number = UInt16(text) else {
            throw LineRefusal("its '\(name)' is no whole number from 0 to \(UInt16.max)")
        }
        return number
    }

    /// A whole number from 1, written in a text.
    func decimal(_ name: String) throws(LineRefusal) -> UInt64 {
        let text = try text(name)
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = UInt64(text),
            number > 0
        else { throw LineRefusal("its '\(name)' is '\(text.prefix(100))' and no whole number from 1") }
        return number
    }

    /// Nanoseconds since the epoch, UTC.
    func moment(_ name: String) throws(LineRefusal) -> Int64 {
        let text = try text(name)
        guard let moment = Timestamp.nanoseconds(of: text) else {
            throw LineRefusal("its '\(name)' is '\(text.prefix(100))' and no time of RFC 3339")
        }
        return moment
    }

    /// Bytes, written in base64; nil when the attribute is not there.
    func bytes(_ name: String) throws(LineRefusal) -> [UInt8]? {
        guard has(name) else { return nil }
        guard let data = Data(base64Encoded: try text(name)) else { throw LineRefusal("its '\(name)' is no base64") }
        return [UInt8](data)
    }

    /// The JSON object `data`.
    func data() throws(LineRefusal) -> [UInt8] {
        guard case .other(let json) = members["data"], json.first == UInt8(ascii: "{") else {
            throw LineRefusal("it has no 'data' that is a JSON object")
        }
        return json
    }
}
