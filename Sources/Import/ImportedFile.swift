import Crypto
import Foundation

/// Another tool's file, read whole: which tool's it is, what it is called, and what lies beside it.
public struct ImportedFile {
    let bytes: [UInt8]
    /// As messages name it.
    let path: String
    /// Without its folder.
    let name: String
    /// `sha256:` and hexadecimal digits, of the bytes.
    let digest: String
    /// Reads a file of the same folder; nil when there is none.
    let beside: (_ name: String) -> [UInt8]?

    /// - Parameters:
    ///   - path: of the file, for messages.
    ///   - beside: reads another file of the same folder by its name.
    public init(bytes: [UInt8], path: String, beside: @escaping (_ name: String) -> [UInt8]? = { _ in nil }) {
        self.bytes = bytes
        self.path = path
        self.beside = beside
        name = path.split(separator: "/").last.map(String.init) ?? path
        digest = "sha256:" + SHA256.hash(data: bytes).map { FLPerformanceStorage.hexadecimal($0) }.joined()
    }

    /// The events in it, whichever tool wrote it.
    ///
    /// - Throws: `ImportError` when it is of none that is known, or lacks what it should have.
    public func history() throws(ImportError) -> ImportedHistory {
        if bytes.starts(with: FLPerformanceDatabase.signature) { return try FLPerformanceDatabase.read(self) }
        let outline: Outline
        do {
            outline = try JSONDecoder().decode(Outline.self, from: Data(bytes))
        } catch {
            return try lines()
        }
        switch outline {
        case .list(let first): return try first.has("samples_ns") ? LlamaBench.read(self) : unknown()
        case .object(let members):
            if members.has("benchmark_runs") || members.has("benchmark_results") {
                return try FLPerformanceStorage.read(bytes, path: path, digest: digest)
            }
            if members.has("benchmarks") { return try GuideLLMBenchmarks.read(self) }
            if members.has("samples_ns") { return try LlamaBench.read(self) }
            if members.has("metadata"), members.has("metrics") { return try AIPerfExport.read(self) }
            if members.has("itls"), members.has("ttfts") { return try VLLMBench.read(self) }
            if members.has("aiperf_version") {
                throw unusable(
                    "it has AIPerf's figures and not its requests. Import the profile_export.jsonl beside it")
            }
            if members.has("request_throughput") {
                throw unusable(
                    "it has vLLM's figures and not its requests. Run 'vllm bench serve' with --save-detailed")
            }
            return try unknown()
        }
    }

    /// A file of lines, each a JSON object.
    private func lines() throws(ImportError) -> ImportedHistory {
        let first = bytes.prefix { $0 != 0x0A }
        guard let outline = try? JSONDecoder().decode(Outline.Members.self, from: Data(first)) else {
            throw unusable("it is not JSON")
        }
        if outline.has("samples_ns") { return try LlamaBench.read(self) }
        if outline.has("metadata"), outline.has("metrics") { return try AIPerfExport.read(self) }
        return try unknown()
    }

    private func unknown() throws(ImportError) -> ImportedHistory {
        throw .unknown(path: path)
    }

    /// The error for a file that is of a known tool, but of no use.
    func unusable(_ reason: String) -> ImportError { .unusable(path: path, reason: reason) }

    /// Reads JSON, and says where something is missing or not what it should be.
    func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Collection<UInt8>) throws(ImportError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let DecodingError.keyNotFound(key, context) {
            throw unusable("'\(key.stringValue)' is missing at \(FLPerformanceStorage.place(context))")
        } catch let DecodingError.typeMismatch(_, context) {
            throw unusable("\(FLPerformanceStorage.place(context)) is not what is expected there")
        } catch let DecodingError.valueNotFound(_, context) {
            throw unusable("\(FLPerformanceStorage.place(context)) is null")
        } catch {
            throw unusable("it is not JSON")
        }
    }

    /// Reads a file of lines, each a JSON object; blank ones are skipped.
    func decodeLines<Value: Decodable>(_ type: Value.Type) throws(ImportError) -> [Value] {
        var values: [Value] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
        where line.contains(where: { $0 > 0x20 }) {
            do {
                values.append(try JSONDecoder().decode(type, from: Data(line)))
            } catch let DecodingError.keyNotFound(key, context) {
                throw unusable(
                    "line \(index + 1): '\(key.stringValue)' is missing at \(FLPerformanceStorage.place(context))")
            } catch {
                throw unusable("line \(index + 1) is not what is expected there")
            }
        }
        return values
    }
}

/// What a JSON file is, from afar.
private enum Outline: Decodable {
    case object(Members)
    /// The members of its first element.
    case list(Members)

    /// The names of an object's members that are not null.
    struct Members: Decodable {
        private var names: Set<String> = []

        private struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init() {}

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            names = Set(try container.allKeys.filter { try !container.decodeNil(forKey: $0) }.map(\.stringValue))
        }

        func has(_ name: String) -> Bool { names.contains(name) }
    }

    init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
            self = .list(list.isAtEnd ? Members() : try list.decode(Members.self))
        } else {
            self = .object(try Members(from: decoder))
        }
    }
}

/// Times of other tools as whole nanoseconds.
enum PeerTime {
    /// Nil for what no run can last or no clock can show, and would not fit.
    static func nanoseconds(seconds: Double) -> Int64? {
        abs(seconds) < 4e9 ? Int64((seconds * 1e9).rounded()) : nil
    }

    /// The same of milliseconds.
    static func nanoseconds(milliseconds: Double) -> Int64? { nanoseconds(seconds: milliseconds / 1000) }

    /// A moment of ISO 8601 in UTC: `2026-11-24T18:11:46Z`; nil of another form.
    static func unix(_ text: String) -> Int64? {
        (try? Date(text, strategy: .iso8601)).flatMap { nanoseconds(seconds: $0.timeIntervalSince1970) }
    }
}
