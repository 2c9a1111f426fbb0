import Charts
import DataFolder
import EventStore
import Events
import Formulas
import Results
import Runs
import Synchronization

/// All that the Results page draws of one run, read and evaluated once: events do not change, so neither does it until the run
/// has more of them.
struct RunPicture: Sendable {
    var evaluated: EvaluatedRun
    var values: [RequestValues]
    var course: RunCourse
    /// Requests for the timeline, with their chunks.
    var timeline: [TimedRequest]

    /// One answer, chunk by chunk.
    struct TimedRequest: Sendable {
        var position: Position
        var model: String
        var iteration: UInt32
        /// ms since it was sent, ascending.
        var arrivals: [Double]
        var end: Double
    }
}

/// The pictures that were asked for last.
final class PictureCache: Sendable {
    private struct Key: Hashable {
        var run: String
        var position: UInt64
        var set: String
        var scenario: String
    }
    /// A picture of 10,000 requests takes about 2 MiB.
    private static let limit = 8
    private let kept = Mutex<[(key: Key, picture: RunPicture)]>([])

    func picture(
        of detail: RunDetail, with set: FormulaSet, scenario: String?, _ installation: Installation
    ) throws -> RunPicture {
        let key = Key(
            run: detail.run.id, position: detail.run.last_position, set: set.digest, scenario: scenario ?? "")
        if let found = kept.withLock({ $0.first { $0.key == key }?.picture }) { return found }
        let picture = try RunPicture(detail, with: set, scenario: scenario, installation)
        kept.withLock { kept in
            kept.removeAll { $0.key == key }
            kept.append((key, picture))
            if kept.count > Self.limit { kept.removeFirst() }
        }
        return picture
    }
}

extension RunPicture {
    /// Requests that a timeline shows at most.
    private static let timelineLimit = 8

    init(_ detail: RunDetail, with set: FormulaSet, scenario: String?, _ installation: Installation) throws {
        var wanted = detail
        wanted.results = detail.results.filter { scenario == nil || $0.scenario == scenario }
        evaluated = try installation.evaluate(wanted, with: set)
        // Scores are over all scenarios, whichever of them is looked at.
        if let whole = scenario == nil ? nil : detail.scores as [ScoreRow]?, detail.run.formula_set == set.name {
            evaluated.scores = whole
        }
        values = try installation.requestValues(of: wanted.results)
        course = try installation.course(of: detail.run)
        timeline = try Self.slowest(of: course, detail.run, scenario: scenario).compactMap {
            try TimedRequest($0, installation.log)
        }
    }

    /// The slowest answers of each model, as many of each.
    private static func slowest(of course: RunCourse, _ run: RunRow, scenario: String?) -> [RunCourse.Request] {
        let each = max(1, timelineLimit / max(1, run.model_ids.count))
        return run.model_ids.prefix(timelineLimit).flatMap { model in
            course.requests.filter {
                $0.model == model && $0.isMeasured && $0.isStreamed && (scenario == nil || $0.scenario == scenario)
            }.sorted { $0.ended - $0.started > $1.ended - $1.started }.prefix(each)
        }
    }
}

extension RunPicture.TimedRequest {
    /// - Returns: nil when the event is no sample.
    init?(_ request: RunCourse.Request, _ log: EventLog) throws {
        guard case .inferenceSampled(let sample)? = try log.event(at: request.position)?.event else { return nil }
        self.init(position: request.position, sample)
    }

    init(position: Position, _ sample: InferenceSampled) {
        let sent = sample.hasSentNs ? sample.sentNs : sample.startedNs
        self.position = position
        model = sample.modelID
        iteration = sample.iteration
        arrivals = sample.chunkArrivals.map { Double($0 - sent) / 1e6 }
        end = Double((sample.hasLastContentNs ? sample.lastContentNs : sample.endedNs) - sent) / 1e6
    }
}
