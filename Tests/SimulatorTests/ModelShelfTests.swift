import Testing

@testable import Simulator

struct ModelShelfTests {
    private let second: Int64 = 1_000_000_000

    private func shelf(_ change: (inout SimulatedModel) -> Void = { _ in }) -> ModelShelf {
        var model = SimulatedModel("a")
        model.loadTime = .seconds(2)
        model.downloadTime = .seconds(10)
        change(&model)
        return ModelShelf([model, SimulatedModel("b")], loadsItself: false, at: 0)
    }

    @Test func aLoadThatIsUnderWayIsJoined() {
        var shelf = shelf()

        let first = shelf.load(0, at: 0, timeToLive: nil)
        let second = shelf.load(0, at: self.second, timeToLive: nil)
        let third = shelf.load(0, at: 5 * self.second, timeToLive: nil)

        #expect(first == second && first.ends == 2 * self.second)
        #expect(!shelf.entries[0].isLoaded(at: first.ends - 1) && shelf.entries[0].isLoaded(at: first.ends))
        #expect(third.wasDone && third.ends == 5 * self.second)
    }

    @Test func aModelLeavesWhenItsTimeIsOverUnlessItIsUsed() {
        var shelf = shelf()

        _ = shelf.load(0, at: 0, timeToLive: 10 * second)
        #expect(shelf.entries[0].isLoaded(at: 11 * second) && !shelf.entries[0].isLoaded(at: 12 * second))
        shelf.ask(0, until: 11 * second)

        #expect(shelf.entries[0].isLoaded(at: 20 * second) && !shelf.entries[0].isLoaded(at: 21 * second))
    }

    @Test func anUnloadWhileItLoadsEndsTheLoad() {
        var shelf = shelf()

        _ = shelf.load(0, at: 0, timeToLive: nil)
        let was = shelf.unload(0, at: second)

        #expect(!was && !shelf.entries[0].isLoaded(at: 5 * second))
    }

    @Test func aDownloadThatFailsComesHalfwayAndMayBeTriedAgain() {
        var shelf = shelf {
            $0.isDownloaded = false
            $0.downloadFails = true
        }

        let order = shelf.download(0, at: 0)

        #expect(order.ends == 5 * second && order.progress(at: 0) == 0)
        #expect(order.progress(at: order.ends / 2) == 0.25 && order.progress(at: 9 * second) == 0.5)
        #expect(order.failed(by: order.ends) && !shelf.entries[0].isDownloaded(at: 20 * second))
        #expect(shelf.download(0, at: 6 * second).begins == 6 * second)
    }

    @Test func anotherModelMayBeLoadedThanAsked() {
        var shelf = shelf { $0.loadsInstead = "b" }

        let order = shelf.load(0, at: 0, timeToLive: nil)

        #expect(!shelf.entries[0].isLoaded(at: order.ends) && shelf.entries[1].isLoaded(at: order.ends))
    }

    @Test func aModelVanishesAfterItsAnswers() {
        var shelf = shelf { $0.vanishesAfter = 1 }

        #expect(shelf.known.count == 2)
        shelf.ask(0, until: 0)

        #expect(shelf.known.map(\.model.id) == ["b"] && shelf.first { $0.model.id == "a" } == nil)
    }
}
