import Orchestrator
import Synchronization

/// What is being measured at the moment, of each model under way.
final class Stage: Sendable {
    struct Scene: Sendable {
        var phase: Phase
        /// Empty while the scenario warms up or cools down.
        var scenario: String
        var level: LoadLevel
    }

    private struct Entry {
        /// Where its server was planned to be.
        var endpoint: Endpoint
        var scene: Scene?
    }
    private let entries = Mutex<[String: Entry]>([:])

    /// The scenes that are set, in order of the models' ids.
    var scenes: [Scene] {
        entries.withLock { $0.sorted { $0.key < $1.key }.compactMap(\.value.scene) }
    }

    func scene(of model: String) -> Scene? { entries.withLock { $0[model]?.scene } }

    /// The process of a scene's server; nil when another model under way, be it only that it loads, is served by the same.
    func process(of scene: Scene) -> Int32? {
        let (model, process) = (scene.phase.model.id, scene.phase.process)
        let isShared = entries.withLock { entries in
            entries.contains { other in
                other.key != model
                    && (other.value.endpoint == entries[model]?.endpoint || other.value.scene?.phase.process == process)
            }
        }
        return isShared ? nil : process
    }

    /// The model's part of the run begins.
    func enter(_ model: String, _ endpoint: Endpoint) {
        entries.withLock { $0[model] = Entry(endpoint: endpoint) }
    }

    func set(_ scene: Scene) { entries.withLock { $0[scene.phase.model.id]?.scene = scene } }

    /// The model's part of the run is over.
    func leave(_ model: String) { entries.withLock { _ = $0.removeValue(forKey: model) } }
}
