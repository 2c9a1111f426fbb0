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

    /// The text of a file, or the reason why it can't be read.
    static func contents(_ path: String) throws(ReadFailure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ReadFailure(path: path, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var code: Int32 = 0
        while true {
            let filled = bytes.count
            let chunk = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
                let got = Self.read(descriptor, into: buffer)
                code = got < 0 ? errno : 0
                count = max(got, 0)
            }
            bytes += chunk
            if code != 0 { throw ReadFailure(path: path, code: code) }
            if bytes.count == filled { return String(decoding: bytes, as: UTF8.self) }
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
