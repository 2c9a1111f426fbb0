import Charts
import DataFolder
import Dispatch
import Formulas
import Hummingbird
import Models
import NIOCore
import ProjectionKit
import Runs
import Synchronization

/// What the pages are made from, with what is worth keeping between two of them.
final class Pages: Sendable {
    let sources: WebSources
    let actions: PageActions
    let live = LiveParts()
    var installation: Installation { sources.installation }
    let pictures = PictureCache()
    let verifications = Mutex<VerifiedLog?>(nil)
    private let details = Kept<Stamp, RunDetail>()
    private let allRuns = Kept<Stamp, [RunRow]>()
    private let books = Kept<[Stamp], SeriesBook>()
    /// The courses of the suite that was asked for last: a page of results needs them each time.
    private let courses = Kept<CourseKey, [History]>()
    private struct CourseKey: Hashable {
        var suite: String
        var metric: String
        var runs: Stamp
    }

    init(_ sources: WebSources, actions: PageActions) {
        self.sources = sources
        self.actions = actions
    }

    /// The colour and shape of each model, by its id: in the order in which models first came up in runs or were added, so
    /// that one keeps its own on every page and for ever.
    func series() throws -> SeriesBook {
        try books.value(from: [installation.stamp(of: .runs), installation.stamp(of: .models)]) {
            var slots: [String: Int] = [:]
            for id in try runs().reversed().flatMap(\.model_ids) where slots[id] == nil { slots[id] = slots.count }
            for model in try installation.models().value.sorted(by: { $0.created_at < $1.created_at })
            where slots[model.id] == nil {
                slots[model.id] = slots.count
            }
            return SeriesBook(slots: slots)
        }
    }

    /// Every run, newest first.
    func runs() throws -> [RunRow] {
        try allRuns.value(from: installation.stamp(of: .runs)) { try installation.runs().value }
    }

    /// The courses of a figure over all runs of a suite.
    func histories(of metric: FormulaSet.Metric, in set: FormulaSet, suite: String) throws -> [History] {
        let key = CourseKey(
            suite: suite, metric: "\(set.digest) \(metric.name)", runs: try installation.stamp(of: .runs))
        return try courses.value(from: key) {
            try installation.history(of: metric, in: set, model: nil, suite: suite)
        }
    }

    /// The run of this id, or of a beginning of it that only one has, or `latest`.
    ///
    /// - Throws: `Problem` when there is none.
    func run(_ name: String) throws -> RunDetail {
        func read() throws -> RunDetail {
            guard let detail = try installation.run(name).value else { throw try Problem.noRun(name, installation) }
            return detail
        }
        // Which run another name than its id means depends on all the others.
        guard try runs().contains(where: { $0.id == name }) else { return try read() }
        return try details.value(from: installation.stamp(of: .run(name)), read)
    }

    /// The set that a page is to be computed with: the one that is asked for, else the run's own.
    func set(_ fields: FormFields, of run: RunRow?) throws -> FormulaSet {
        guard let name = fields["formulas"] else {
            return run.flatMap { FormulaSet.named($0.formula_set) } ?? FormulaSet.standard
        }
        return try installation.formulaSet(name)
    }

    /// Every set that can be named: the built-in ones, the user's, and those that the log has the text of.
    func knownSets() throws -> [FormulaSet] {
        let own = installation.formulas.entries().compactMap { try? $0.set.get() }
        var names: Set<String> = []
        return try (FormulaSet.builtIn + own + installation.adoptedSets()).filter { names.insert($0.name).inserted }
    }

    /// Does what takes long off the threads that answer.
    func longWork<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }
}

/// The value that was made last, as long as what it was made from is the same.
final class Kept<Source: Hashable & Sendable, Value: Sendable>: Sendable {
    private let last = Mutex<(source: Source, value: Value)?>(nil)

    func value(from source: Source, _ make: () throws -> Value) rethrows -> Value {
        if let last = last.withLock({ $0 }), last.source == source { return last.value }
        let value = try make()
        last.withLock { $0 = (source, value) }
        return value
    }
}

/// Which colour and shape a model has.
struct SeriesBook: Sendable {
    var slots: [String: Int]

    func series(_ id: String, _ name: String) -> Series { Series(name, slot: slots[id] ?? slots.count) }
}

extension Router where Context == BasicRequestContext {
    /// A page at this path. What goes wrong is a page too, for those who asked for one.
    func page(
        _ path: RouterPath, _ body: @escaping @Sendable (FormFields, BasicRequestContext) async throws -> Page
    ) {
        get(path) { request, context in
            try await answered(request) { try await body(FormFields(query: request), context).response() }
        }
    }

    /// A form of a page; its answer is where to go on. The request that is handed on has no body any more: the fields are it.
    func form(
        _ path: RouterPath, _ pages: Pages,
        _ body: @escaping @Sendable (FormFields, Request, BasicRequestContext) async throws -> String
    ) {
        post(path) { request, context in
            try await answered(request) {
                var request = request
                let fields = FormFields(String(decoding: try await request.bytes(), as: UTF8.self))
                request.body = RequestBody(buffer: ByteBuffer())
                return .seeOther(try await body(fields, request, context))
            }
        }
    }
}

/// Has what went wrong told as a page.
func answered(_ request: Request, _ body: () async throws -> Response) async throws -> Response {
    do {
        return try await body()
    } catch {
        guard let problem = Problem(error) else { throw error }
        return problem.page(backTo: request.headers[.referer]).response(status: problem.status)
    }
}

extension Problem {
    /// The failure as a page.
    func page(backTo address: String? = nil) -> Page {
        let back: Markup? = address.map { "<p><a href=\"\($0)\">Back</a></p>" }
        return Page(
            title, at: nil,
            "<h1>\(title)</h1><p class=\"note b\" role=\"alert\">\(detail)</p>\(back)")
    }
}
