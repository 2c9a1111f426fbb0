import Benchmarking
import Commands
import DataFolder
import Foundation
import Hummingbird
import Orchestrator

/// A failure as a client gets it: an RFC 9457 problem document, which also carries the original's `error`.
struct Problem: Error, Sendable {
    var status: HTTPResponse.Status
    var title: String
    /// What could not be done, to what, why, and what to do.
    var detail: String
    /// Which part of the request is at fault; empty when it is the whole.
    var faults: [Fault] = []
    /// Fields of the answer besides the document.
    var headers: HTTPFields = [:]

    /// A part of the request that can't be as it is.
    struct Fault: Codable, Sendable, Equatable {
        /// `query`, `header` or `body`.
        var place: String
        /// Which one: a JSON Pointer (RFC 6901) into the query's or the header's names, or into the body.
        var pointer: String
        var detail: String
    }

    static func notFound(_ detail: String) -> Problem { Problem(status: .notFound, title: "Not found", detail: detail) }
    static func unknownModel(_ id: String) -> Problem {
        .notFound("Unknown model '\(id)'. GET /api/models lists those there are.")
    }
    static func unknownRun(_ id: String) -> Problem {
        .notFound("Unknown run '\(id)'. GET /api/benchmarks/runs lists those there are.")
    }
    static func conflict(_ detail: String) -> Problem { Problem(status: .conflict, title: "Conflict", detail: detail) }
    static func badRequest(_ detail: String) -> Problem {
        Problem(status: .badRequest, title: "Bad request", detail: detail)
    }
    /// - Parameter complaint: the rest of a sentence that begins with the parameter's name.
    static func parameter(_ name: String, _ complaint: String) -> Problem {
        var problem = badRequest("'\(name)' \(complaint)")
        problem.faults = [Fault(place: "query", pointer: pointer([name]), detail: problem.detail)]
        return problem
    }
    /// - Parameter complaint: likewise, about something that there is not.
    static func unknownParameter(_ name: String, _ complaint: String) -> Problem {
        var problem = parameter(name, complaint)
        (problem.status, problem.title) = (.notFound, "Not found")
        return problem
    }
    /// - Parameter path: the member at fault, from the body's root.
    static func body(_ detail: String, at path: [String]) -> Problem {
        var problem = badRequest(detail)
        problem.faults = [Fault(place: "body", pointer: pointer(path), detail: detail)]
        return problem
    }

    /// What complaints call a request's body.
    static let body = "the request's body"

    /// Reads a body of JSON; what is wrong with it is the body's fault.
    static func ofBody<Value>(_ read: () throws(SuiteError) -> Value) throws(Problem) -> Value {
        do throws(SuiteError) {
            return try read()
        } catch {
            guard case .invalid(_, _, let path) = error else { throw Problem(suite: error) }
            throw .body(error.description, at: path)
        }
    }

    static let fieldsTooLarge = Problem(
        status: .requestHeaderFieldsTooLarge, title: "Request header fields too large",
        detail: "The request's target and fields have more than \(WebLimits.fields) bytes, the limit.")
    static let notHTTP = badRequest("What was sent can't be read as a request of HTTP/1.1.")
    static let bodyTooLarge = Problem(
        status: .contentTooLarge, title: "Content too large",
        detail: "The body has more than \(Request.bodyLimit) bytes, the limit.")

    private static func pointer(_ path: [String]) -> String {
        path.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
    }
}

/// A problem as it is sent.
struct ProblemDocument: Codable {
    var type = "about:blank"
    var title: String
    var status: Int
    var detail: String
    /// The same, where the original has it.
    var error: String
    var errors: [Problem.Fault]
}

extension Problem: HTTPResponseError {
    static let type = "application/problem+json"

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = Response(status: status, headers: [.contentType: Self.type], bytes: try document())
        for field in headers { response.headers[field.name] = field.value }
        return response
    }

    /// As it is sent.
    func document() throws -> [UInt8] {
        try ProblemDocument(title: title, status: status.code, detail: detail, error: detail, errors: faults).json()
    }
}

extension Problem {
    /// A failure of another part, as a client should see it; nil for one that is nobody's business but the log's.
    init?(_ error: any Error) {
        switch error {
        case let error as Problem: self = error
        case let error as BackendError: self.init(error)
        case let error as SuiteError: self.init(suite: error)
        case let error as FormulaLookupError:
            if case .unknown = error {
                self = .notFound(error.description)
            } else {
                self = .badRequest(error.description)
            }
        case let error as RecomputationError: self = .badRequest(error.description)
        case let error as LogPointError: self = .notFound(error.description)
        case let error as DataFolderError:
            guard case .elsewhere = error else { return nil }
            self = .conflict(error.description)
        case let error as CommandError:
            switch error {
            case .runExists, .runGoesOn, .scheduleExists: self = .conflict(error.description)
            default: self = .notFound(error.description)
            }
        default: return nil
        }
    }

    private init(suite error: SuiteError) {
        switch error {
        case .unknownSuite: self = .notFound(error.description)
        case .unwritable: self = .conflict(error.description)
        default: self = .badRequest(error.description)
        }
    }

    private init(_ error: BackendError) {
        switch error.code {
        case .invalidEndpoint: self = .badRequest(error.description)
        case .unknownModel: self = .notFound(error.description)
        case .unsupported, .notDownloaded, .otherVariant, .otherModelServed, .missingKey:
            self = .conflict(error.description)
        case .timedOut:
            self.init(status: .gatewayTimeout, title: "Gateway timeout", detail: error.description)
        case .unreachable, .hungUp, .notReady, .notAModelServer, .refused, .downloadFailed, .notStarted:
            self.init(status: .badGateway, title: "Bad gateway", detail: error.description)
        }
    }
}

extension Response {
    /// What was asked for goes on; `path` tells how it stands.
    static func accepted(_ value: some Encodable, at path: String) throws -> Response {
        var response = try Response.json(value, status: .accepted)
        response.headers[.location] = path
        return response
    }

    /// A value as JSON, keys sorted.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"], bytes: try value.json())
    }

    /// JSON that is made of these parts.
    init(json parts: [[UInt8]]) {
        self.init(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"], bytes: Array(parts.joined()))
    }

    init(status: HTTPResponse.Status, headers: HTTPFields, bytes: [UInt8]) {
        var headers = headers
        headers[.contentLength] = "\(bytes.count)"
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension Encodable {
    /// As JSON, keys sorted.
    fileprivate func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try [UInt8](encoder.encode(self))
    }
}
