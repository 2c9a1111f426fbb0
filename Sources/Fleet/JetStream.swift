import EventStore
import Foundation

/// JetStream's own messages (NATS ADR 2 and 31), as far as shipping needs them.
struct JetStream {
    let connection: NATSConnection

    /// How a stream is kept and what it holds.
    struct StreamInfo: Decodable {
        struct Configuration: Decodable {
            var num_replicas: Int
            var discard: String
            /// ns; 0 is for ever.
            var max_age: Int64
            /// -1 is any number.
            var max_msgs: Int64
            var max_bytes: Int64
            var allow_direct: Bool?
        }
        struct State: Decodable {
            var messages: UInt64
            var first_seq: UInt64
            var last_seq: UInt64
        }
        var config: Configuration
        var state: State

        /// Whether old blocks make room for new ones.
        var discardsOld: Bool {
            config.max_age > 0 || config.discard == "old" && (config.max_bytes > 0 || config.max_msgs > 0)
        }
    }

    /// What a server answers that does not do what it was asked to.
    struct Refusal: Decodable {
        var code: Int
        var err_code: Int?
        var description: String

        static let streamNotFound = 10059
        static let noMessageFound = 10037
        static let wrongLastSequence = 10071
        /// More copies were asked for than there are servers.
        static let notEnoughServers = [10074, 10005]
    }

    /// What becomes of a message that was published.
    struct Acknowledgement: Decodable {
        var seq: UInt64?
        var duplicate: Bool?
        var error: Refusal?
    }

    static func stream(of source: SourceID) -> String { "flperf-\(source)" }
    static func subject(of source: SourceID) -> String { "flperf.\(source)" }

    /// The source whose stream has this name; nil when it is none of ours.
    static func source(ofStream name: String) -> SourceID? {
        name.hasPrefix("flperf-") ? SourceID(String(name.dropFirst("flperf-".count))) : nil
    }

    // MARK: - Streams

    /// Nil when there is no such stream.
    func info(_ stream: String) throws(FleetError) -> StreamInfo? {
        switch try ask("STREAM.INFO.\(stream)", as: StreamInfo.self) {
        case .success(let info): return info
        case .failure(let refusal) where refusal.err_code == Refusal.streamNotFound || refusal.code == 404: return nil
        case .failure(let refusal): throw .refused("look at the stream \(stream)", refusal.description)
        }
    }

    /// Makes a stream in files that takes one log and never drops a block of it.
    ///
    /// - Parameter replicas: how many servers keep it; nil: three, or one where there are fewer.
    /// - Returns: how many do.
    func make(_ stream: String, subject: String, replicas: Int?) throws(FleetError) -> Int {
        struct Configuration: Encodable {
            var name: String
            var subjects: [String]
            var num_replicas: Int
            let duplicate_window = Int64(FleetLimits.duplicateWindow / .nanoseconds(1))
            let storage = "file"
            let retention = "limits"
            // A stream that is full refuses a block: it is told, and shipped later. Else an old one would go unseen.
            let discard = "new"
            let max_msgs = -1
            let max_bytes = -1
            let max_age = 0
            let allow_direct = true
        }
        for count in replicas.map({ [$0] }) ?? [3, 1] {
            let body = Configuration(name: stream, subjects: [subject], num_replicas: count)
            switch try ask("STREAM.CREATE.\(stream)", body, as: StreamInfo.self) {
            case .success: return count
            case .failure(let refusal)
            where replicas == nil && count > 1 && Refusal.notEnoughServers.contains(refusal.err_code ?? 0):
                continue
            case .failure(let refusal):
                throw .refused("make the stream \(stream) with \(count) copies", refusal.description)
            }
        }
        preconditionFailure("the last try returns or throws")
    }

    /// The sources that have streams.
    func sources() throws(FleetError) -> [SourceID] {
        struct Page: Decodable {
            var total: Int
            var streams: [String]?
        }
        struct Question: Encodable {
            var subject = "flperf.*"
            var offset: Int
        }
        var names: [String] = []
        while true {
            let page: Page
            switch try ask("STREAM.NAMES", Question(offset: names.count), as: Page.self) {
            case .success(let found): page = found
            case .failure(let refusal): throw .refused("list the streams", refusal.description)
            }
            names += page.streams ?? []
            if names.count >= page.total || page.streams?.isEmpty ?? true { break }
        }
        return names.compactMap(Self.source(ofStream:))
    }

    // MARK: - Messages

    /// A message as the stream's leader has it; nil when it has none of that sequence.
    ///
    /// - Parameter sequence: nil for the last one.
    func message(_ sequence: UInt64?, of source: SourceID) throws(FleetError) -> [UInt8]? {
        struct Question: Encodable {
            var seq: UInt64?
            var last_by_subj: String?
        }
        struct Found: Decodable {
            struct Message: Decodable { var data: Data? }
            var message: Message
        }
        let stream = Self.stream(of: source)
        let question = Question(seq: sequence, last_by_subj: sequence == nil ? Self.subject(of: source) : nil)
        switch try ask("STREAM.MSG.GET.\(stream)", question, as: Found.self) {
        case .success(let found): return Array(found.message.data ?? Data())
        case .failure(let refusal) where refusal.err_code == Refusal.noMessageFound || refusal.code == 404: return nil
        case .failure(let refusal): throw .refused("read the stream \(stream)", refusal.description)
        }
    }

    /// Messages of these sequences, in order, from whichever server has them; nil for one that is not there any more.
    func messages(_ sequences: ClosedRange<UInt64>, of source: SourceID) throws(FleetError) -> [[UInt8]?] {
        let inbox = try connection.inbox()
        let subject = "$JS.API.DIRECT.GET.\(Self.stream(of: source))"
        for sequence in sequences {
            try connection.publish(
                subject, reply: "\(inbox.prefix).\(sequence)", Array("{\"seq\":\(sequence)}".utf8))
        }
        var found: [UInt64: [UInt8]?] = [:]
        while found.count < sequences.count {
            guard let answer = try inbox.next(within: FleetLimits.requestTime) else {
                throw .unreachable(connection.address.text, "it sends nothing of the stream")
            }
            guard let sequence = UInt64(answer.tail), sequences.contains(sequence) else { continue }
            switch answer.status {
            case nil where answer.sequence == sequence: found[sequence] = .some(answer.data)
            // A copy may be behind: the leader knows.
            case 404: found[sequence] = .some(try message(sequence, of: source))
            case let status:
                throw .unreachable(
                    connection.address.text, "it can't read the stream now (status \(status ?? 0))")
            }
        }
        return sequences.map { found[$0] ?? nil }
    }

    // MARK: - Asking

    private struct Nothing: Encodable {}

    private struct Outcome<Answer: Decodable>: Decodable {
        var result: Result<Answer, Refusal>

        private enum Key: CodingKey { case error }

        init(from decoder: any Decoder) throws {
            if let error = try decoder.container(keyedBy: Key.self).decodeIfPresent(Refusal.self, forKey: .error) {
                result = .failure(error)
            } else {
                result = .success(try Answer(from: decoder))
            }
        }
    }

    /// - Throws: `FleetError.unreachable`, also when there is nobody who could answer now.
    private func ask<Answer: Decodable>(
        _ what: String, _ question: some Encodable = Nothing(), as: Answer.Type
    ) throws(FleetError) -> Result<Answer, Refusal> {
        let body = (try? JSONEncoder().encode(question)).map { Array($0) } ?? []
        let answer = try connection.request("$JS.API.\(what)", body)
        guard let outcome = try? JSONDecoder().decode(Outcome<Answer>.self, from: Data(answer.data)) else {
            throw .unreachable(
                connection.address.text,
                answer.status == 503 ? "JetStream does not answer" : "its answer to \(what) can't be read")
        }
        guard case .failure(let refusal) = outcome.result, refusal.code == 503 else { return outcome.result }
        // The cluster elects a leader.
        throw .unreachable(connection.address.text, refusal.description)
    }
}

extension JetStream.Refusal: Error {}
