/// Members of a JSON object that our own encoder wrote: sorted, without space, names without escapes.
struct JSONMembers: Sendable {
    /// Which are wanted.
    enum Choice: Sendable {
        case all
        case only(Set<[UInt8]>)
        case but(Set<[UInt8]>)

        static func only(_ names: [String]) -> Choice { .only(Set(names.map { Array($0.utf8) })) }
        static func but(_ names: [String]) -> Choice { .but(Set(names.map { Array($0.utf8) })) }

        fileprivate func includes(_ name: Slice<UnsafeRawBufferPointer>) -> Bool {
            switch self {
            case .all: true
            case .only(let names): names.contains { name.elementsEqual($0) }
            case .but(let names): !names.contains { name.elementsEqual($0) }
            }
        }
    }

    var choice: Choice

    /// Writes the object with those members.
    func write(_ object: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        if case .all = choice {
            text.append(contentsOf: object)
            return
        }
        text.append(UInt8(ascii: "{"))
        var (next, isFirst) = (object.startIndex + 1, true)
        while next < object.endIndex, object[next] == UInt8(ascii: "\"") {
            let name = next + 1
            let nameEnd = Self.endOfString(object, from: name)
            let end = Self.endOfValue(object, from: nameEnd + 2)
            if choice.includes(object[name..<nameEnd]) {
                if !isFirst { text.append(UInt8(ascii: ",")) }
                isFirst = false
                text.append(contentsOf: object[next..<end])
            }
            next = end + 1
        }
        text.append(UInt8(ascii: "}"))
    }

    /// Where the string's closing quote is.
    private static func endOfString(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index, text.count)
    }

    /// Where the comma or the brace behind the value is.
    private static func endOfValue(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var (index, depth) = (start, 0)
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""): index = endOfString(text, from: index + 1)
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return index }
                depth -= 1
            case UInt8(ascii: ","): if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return text.count
    }
}
