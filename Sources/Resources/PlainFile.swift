#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Small files of the kernel, read whole and without Foundation: a sampler reads a few hundred a second.
enum PlainFile {
    /// The text of a file, or nil when it can't be read.
    static func text(_ path: String) -> String? {
        try? contents(path)
    }

    /// The number that a file begins with; nil when it can't be read or begins with something else.
    static func number(_ path: String) -> UInt64? {
        text(path).flatMap(leadingNumber)
    }

    static func leadingNumber(of text: String) -> UInt64? {
        UInt64(text.prefix { $0.isASCII && $0.isNumber })
    }

    /// A file's text without the space around it; nil when it can't be read or has nothing else.
    static func word(_ path: String) -> String? {
        text(path).map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The text of a file, or the reason why it can't be read.
    static func contents(_ path: String) throws(ReadFailure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ReadFailure(path: path, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var (isWhole, failure): (Bool, Int32) = (false, 0)
        while !isWhole {
            let chunk = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
                // The kernel gives what it has made, and then nothing: a short read is no end.
                while count < buffer.count {
                    let got = Self.read(descriptor, into: UnsafeMutableBufferPointer(rebasing: buffer[count...]))
                    isWhole = got <= 0
                    failure = got < 0 ? errno : 0
                    if isWhole { return }
                    count += got
                }
            }
            if failure != 0 { throw ReadFailure(path: path, code: failure) }
            bytes = bytes.isEmpty ? chunk : bytes + chunk
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The beginning of a long file, of which the kernel makes each piece when it is read: as far as the text so far says that
    /// no more is wanted. Empty when it can't be read.
    static func beginning(of path: String, until isEnough: (String) -> Bool) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
                count = max(0, read(descriptor, into: buffer))
            }
            bytes += piece
            let text = String(decoding: bytes, as: UTF8.self)
            if piece.isEmpty || isEnough(text) { return text }
        }
    }

    /// The names in a folder; empty when it can't be read.
    static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // The kernel ends d_name with a zero inside the entry that readdir lent us.
                pointer.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// What a symbolic link points at.
    static func target(ofLink path: String) -> String? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            let got = buffer.withMemoryRebound(to: CChar.self) { readlink(path, $0.baseAddress!, $0.count) }
            count = max(got, 0)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private static func read(_ descriptor: Int32, into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
        Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }
}

/// Why a file of the kernel could not be read, as `unavailable` reasons say it.
struct ReadFailure: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    var description: String {
        switch code {
        case ENOENT: "\(path) not found"
        case EACCES, EPERM: "no permission to read \(path)"
        default: "\(path): \(String(cString: strerror(code)))"
        }
    }
}

extension String {
    /// Without the space around it.
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace ?? false { rest.removeFirst() }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        return String(rest)
    }
}
