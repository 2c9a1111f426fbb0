import Charts
import DataFolder
import Dispatch
import Formulas
import Hummingbird
import Models
import NIOCore
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
    /// The courses of the suite that was asked for last: a page of results needs them each time.
    private let courses = Mutex<(position: UInt64, suite: String, histories: [History])>((0, "", []))
    private let slots = Mutex<(position: UInt64, slots: [String: Int])>((0, [:]))

    init(_ sources: WebSources, actions: PageActions) {
        self.sources = sources
        self.actions = actions
    }

    /// The colour and shape of each model, by its id: in the order in which models first came up in runs or were added, so
    /// that one keeps its own on every page and for ever.
    func series() throws -> SeriesBook {
        let answer = try installation.runs()
        let known = slots.withLock { $0 }
        if known.position == answer.position, !known.slots.isEmpty { return SeriesBook(slots: known.slots) }
        var slots: [String: Int] = [:]
        for id in answer.value.reversed().flatMap(\.model_ids) where slots[id] == nil { slots[id] = slots.count }
        for model in try installation.models().value.sorted(by: { $0.created_at < $1.created_at })
        where slots[model.id] == nil {
            slots[model.id] = slots.count
        }
        self.slots.withLock { $0 = (answer.position, slots) }
        return SeriesBook(slots: slots)
    }

    /// The courses of a figure over all runs of a suite.
    func histories(of metric: FormulaSet.Metric, in set: FormulaSet, suite: String) throws -> [History] {
        let position = try installation.runs().position
        let known = courses.withLock { $0 }
        if known.position == position, known.suite == suite { return known.histories }
        let found = try installation.history(of: metric, in: set, model: nil, suite: suite)
        courses.withLock { $0 = (position, suite, found) }
        return found
    }

    /// The run of this id, or of a beginning of it that only one has, or `latest`.
    ///
    /// - Throws: `Problem` when there is none.
    func run(_ name: String) throws -> RunDetail {
        guard let detail = try installation.run(name).value else { throw try Problem.noRun(name, installation) }
        return detail
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
